#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# regen.sh [--check]: makes from specs/homeport.yaml what is generated from it,
# by the kernel's own generators (YNL):
#
#	include/uapi/linux/homeport.h
#	kmod/netlink_gen.h
#	kmod/netlink_gen.c
#	Documentation/netlink/homeport.rst
#
# With --check nothing is written; it fails if a committed file differs.
#
# The generators come from the linux-source-6.12 package; KSRC=DIR names another
# unpacked source. They need Debian's python3-yaml and python3-jsonschema, hence
# Debian's own python, which PYTHON= replaces.

set -eu
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
python=${PYTHON:-/usr/bin/python3}
generated='include/uapi/linux/homeport.h kmod/netlink_gen.h kmod/netlink_gen.c
	Documentation/netlink/homeport.rst'

die() {
	echo "regen.sh: $*" >&2
	exit 1
}

check=
case "${1-}" in
'') ;;
--check) check=yes ;;
*) die "usage: regen.sh [--check]" ;;
esac

ksrc=${KSRC:-$("$top/selftests/vm/kernel" source 6.12)}
ynl=$ksrc/tools/net/ynl
[ -f "$ynl/ynl-gen-c.py" ] || die "no tools/net/ynl in '$ksrc'"
"$python" -c 'import yaml, jsonschema' 2>/dev/null ||
	die "$python lacks a module: install python3-yaml and python3-jsonschema"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The C generator looks upwards from the spec for a file MAINTAINERS, to name the
# spec by its path in the tree, and never ends where there is none. The schemas
# it finds beside specs/.
mkdir -p "$work/Documentation/netlink/specs" "$work/include/uapi/linux" \
	"$work/kmod"
: >"$work/MAINTAINERS"
cp "$ksrc"/Documentation/netlink/*.yaml "$work/Documentation/netlink/"
cp "$here/specs/homeport.yaml" "$work/Documentation/netlink/specs/"
cd "$work"
spec=Documentation/netlink/specs/homeport.yaml

gen_c() {
	"$python" "$ynl/ynl-gen-c.py" --spec "$work/$spec" "$@"
}

gen_c --mode uapi --header -o include/uapi/linux/homeport.h
gen_c --mode kernel --header -o kmod/netlink_gen.h
gen_c --mode kernel --source -o kmod/netlink_gen.c
"$python" "$ynl/ynl-gen-rst.py" -i "$spec" -o Documentation/netlink/homeport.rst

status=0
for f in $generated; do
	[ -s "$f" ] || die "the generator left no $f"
	cmp -s "$f" "$top/$f" && continue
	if [ -n "$check" ]; then
		diff -u "$top/$f" "$f" >&2 || :
		echo "regen.sh: $f does not match the spec" >&2
		status=1
	else
		mkdir -p "$(dirname "$top/$f")"
		cp "$f" "$top/$f"
		echo "regen.sh: wrote $f"
	fi
done
exit $status
