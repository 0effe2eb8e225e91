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

# measure_boot KERNEL LABEL OPTION-OF-RUN... -- MEASURE-ARGUMENT...: one boot;
# what it recorded is in $records/KERNEL-LABEL. Fails when a check failed.
measure_boot() {
	name=$1-$2
	kernel=$1
	label=bench-$2
	options=''
	shift 2
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	dir=$out/vm/$kernel-$label
	status=0
	# the options have no blanks inside
	# shellcheck disable=SC2086
	"$vm/run" --kernel "$kernel" --label "$label" --out "$dir" --limit 600 \
		$options "$out/bench/measure $*" || status=1
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
