# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
# Words that all of the lab's shell programs share; sourced, sets $top, $cache.

top=$(cd "$here/../.." && pwd)
out=${HP_OUT:-$top/out}
cache=${HOMEPORT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/homeport}
me=$(basename "$0")
# where depmod is, for a user whose PATH lacks it
PATH=$PATH:/usr/sbin:/sbin

say() {
	echo "$me: $*" >&2
}

die() {
	say "$@"
	exit 2
}
