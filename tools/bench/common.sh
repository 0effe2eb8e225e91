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
