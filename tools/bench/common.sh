# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
# What the measuring programs share; sourced, with $here set. Sets $records.

top=$(cd "$here/../.." && pwd)
vm=$top/selftests/vm
out=${HP_OUT:-$top/out}
compare=$out/compare
records=$compare/records
me=$(basename "$0")
export HP_SUMMARY="${HP_SUMMARY:-$compare/summary}"

say() {
	echo "$me: $*" >&2
}

die() {
	say "$@"
	exit 2
}

build_guest() {
	make -s -C "$here"
}

# measure_boot KERNEL LABEL "PROGRAM ARGUMENT..." OPTION-OF-RUN...: one boot with
# a program of out/bench; what it recorded is in $records/KERNEL-LABEL. Fails
# when a check failed.
measure_boot() {
	name=$1-$2
	kernel=$1
	vm_label=bench-$2
	program=$3
	shift 3
	dir=$out/vm/$kernel-$vm_label
	status=0
	"$vm/run" --kernel "$kernel" --label "$vm_label" --out "$dir" --limit 600 \
		"$@" "$out/bench/$program" || status=1
	keep_records "$dir" "$name"
	return $status
}

# The same by a clock that counts instructions: a nanosecond for each, on whatever CPU, so
# that other work of the host is not in it. The guest's CPUs take turns.
measure_counted() {
	HP_ACCEL=tcg,thread=single measure_boot "$@" \
		--qemu '-icount shift=0,sleep=off'
}

# measure_turns US KERNEL ...: the same, with turns of US microseconds, or $HP_TURN_US. A
# turn ends when a timer of QEMU is due; else it is as long as its CPU has something to do,
# and whoever waits for another CPU waits for that, as on no machine. So there is a timer
# that does nothing, on a network that no guest drives. QEMU 7.2 leaves garbage in the
# flags after a CMPXCHG16B until they are set again, which an interrupt sees if a turn ends
# just there: the CPU has none.
measure_turns() {
	turn_us=${HP_TURN_US:-$1}
	shift
	measure_counted "$@" --without cx16 --qemu "-netdev user,restrict=on,id=turns \
		-device pcnet,netdev=turns,romfile= \
		-object filter-buffer,id=turns,netdev=turns,interval=$turn_us"
}

# Whole or not at all: a boot that was cut short leaves none behind.
keep_records() {
	[ -s "$1/files/records" ] || return 1
	mkdir -p "$records"
	cp "$1/files/records" "$records/$2.part"
	mv "$records/$2.part" "$records/$2"
}

# is_measured RECORD [FILE...]: is there one that nothing it came from is newer
# than? With $again nothing counts as measured.
is_measured() {
	measured=$1
	shift
	[ -z "$again" ] && [ -s "$measured" ] || return 1
	[ -z "$(find "$ko" "$@" -newer "$measured")" ]
}

# Of all kernels chosen; what was cut short or is only shown is left out.
all_records() {
	for kernel in $kernels; do
		find "$records" -name "$kernel-*" ! -name '*.part' ! -name '*-demo*' |
			sort -V
	done
}
