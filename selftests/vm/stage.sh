# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Fills $root, the guest's file system. Sourced by "run".

# Modules that the tests may ask for, where the kernel has them as modules.
guest_modules="tun veth dummy virtio_pci virtio_net smc smc_diag
	tcp_diag inet_diag sch_netem sch_fq sch_htb sch_ingress cls_bpf
	nf_tables bridge vrf test_reuseport_owner"
# Those that are loaded before the first test.
boot_modules="tun veth dummy virtio_pci virtio_net"

stage_skeleton() {
	mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" \
		"$root/usr/lib64" "$root/etc" "$root/var/log" "$root/var/lib" \
		"$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" \
		"$root/out" "$root/root" "$root/vm" "$root/tests"
	for d in bin sbin lib lib64; do
		ln -s "usr/$d" "$root/$d"
	done
	ln -s ../run "$root/var/run"
	ln -s /proc/self/mounts "$root/etc/mtab"
	cp "$bin/init" "$root/init"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh \
		www-data:x:33:33:www-data:/var/www:/bin/false \
		haproxy:x:110:115::/var/lib/haproxy:/bin/false \
		nobody:x:65534:65534:nobody:/:/bin/false >"$root/etc/passwd"
	printf '%s\n' root:x:0: adm:x:4: www-data:x:33: haproxy:x:115: \
		nogroup:x:65534: >"$root/etc/group"
	printf '%s\n' '127.0.0.1 localhost homeport-vm' '::1 localhost' \
		>"$root/etc/hosts"
	printf 'passwd: files\ngroup: files\nhosts: files\n' \
		>"$root/etc/nsswitch.conf"
}

# The applets give the guest a shell and the small tools; a real program staged
# later takes the applet's place.
stage_busybox() {
	bb=$("$here/deb" tree busybox-static)/bin/busybox
	cp "$bb" "$root/bin/busybox"
	"$bb" --list | while read -r applet; do
		[ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
	done
}

# The shared libraries of a program, at the paths where the loader looks.
stage_libraries() {
	LD_LIBRARY_PATH=${sysroot:+$sysroot/usr/lib/x86_64-linux-gnu:$sysroot/lib/x86_64-linux-gnu} \
		ldd "$1" 2>/dev/null | awk '
		$2 == "=>" && $3 ~ /^\// { print $3 }
		$1 ~ /^\// { print $1 }' |
	while read -r lib; do
		to=${lib#"${sysroot:-/nowhere}"}
		[ -e "$root$to" ] && continue
		mkdir -p "$root$(dirname "$to")"
		cp -L "$lib" "$root$to"
	done
}

# stage_program FROM TO
stage_program() {
	[ -f "$1" ] || die "no such program: $1"
	mkdir -p "$root$(dirname "$2")"
	rm -f "$root$2"
	cp -L "$1" "$root$2"
	stage_libraries "$1"
}

# stage_file FROM TO: files and directories, as they are
stage_file() {
	[ -e "$1" ] || die "no such file: $1"
	mkdir -p "$root$(dirname "$2")"
	cp -rL "$1" "$root$2"
}

unpack_module() {
	case "$1" in
	*.xz) xz -dc "$1" >"$2/$(basename "$1" .xz)" ;;
	*.zst) zstd -qdc "$1" >"$2/$(basename "$1" .zst)" ;;
	*.gz) gzip -dc "$1" >"$2/$(basename "$1" .gz)" ;;
	*) cp "$1" "$2/" ;;
	esac
}

# module_files ROOT MODULE...: their files, in the order to load them; what the
# kernel has built in, or not at all, is left out.
module_files() {
	in=$1
	shift
	modprobe -d "$in" -S "$release" -a --show-depends "$@" 2>/dev/null |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# The wanted modules and what they depend on, unpacked; then the list, in
# order, of what PID 1 loads.
stage_modules() {
	release=$("$here/kernel" release "$kernel")
	from=$("$here/kernel" modules "$kernel")
	to=$root/lib/modules/$release
	mkdir -p "$to/kernel"
	cp "$from/lib/modules/$release/modules.builtin" \
		"$from/lib/modules/$release/modules.order" "$to/" 2>/dev/null || :
	cp "$from/lib/modules/$release/modules.builtin.modinfo" "$to/" \
		2>/dev/null || :
	# shellcheck disable=SC2086	# lists of names
	module_files "$from" $guest_modules $extra_modules |
	while read -r ko; do
		unpack_module "$ko" "$to/kernel"
	done
	depmod -b "$root" "$release"
	# shellcheck disable=SC2086	# lists of names
	module_files "$root" $boot_modules $extra_modules |
		sed "s|^$root||" >"$root/vm/modules"
}

need_nginx() {
	sysroot=$("$here/deb" closure nginx)
	stage_program "$sysroot/usr/sbin/nginx" /usr/sbin/nginx
	mkdir -p "$root/etc/nginx" "$root/var/log/nginx" \
		"$root/var/lib/nginx" "$root/var/www/html" \
		"$root/usr/share/nginx"
	for d in "$sysroot/etc/nginx" /etc/nginx; do
		[ -f "$d/mime.types" ] && cp "$d/mime.types" "$root/etc/nginx/"
	done
	echo homeport >"$root/var/www/html/index.html"
	sysroot=
}

need_haproxy() {
	sysroot=$("$here/deb" closure haproxy)
	stage_program "$sysroot/usr/sbin/haproxy" /usr/sbin/haproxy
	mkdir -p "$root/etc/haproxy" "$root/var/lib/haproxy"
	sysroot=
}

need_irqbalance() {
	sysroot=$("$here/deb" closure irqbalance)
	stage_program "$sysroot/usr/sbin/irqbalance" /usr/sbin/irqbalance
	sysroot=
}

# ApacheBench, a client that is not ours.
need_ab() {
	sysroot=$("$here/deb" closure apache2-utils)
	stage_program "$sysroot/usr/bin/ab" /usr/bin/ab
	sysroot=
}

# stage_terminals NAME...: what curses knows of them, where it looks for that
stage_terminals() {
	for name; do
		first=$(printf %.1s "$name")
		for d in /lib/terminfo /usr/share/terminfo; do
			[ -e "$d/$first/$name" ] || continue
			stage_file "$d/$first/$name" "$d/$first/$name"
			continue 2
		done
		die "no description of the terminal '$name' here: install ncurses-base"
	done
}

# stage_need NAME: a server by its recipe, else a program of this machine
stage_need() {
	case "$1" in
	nginx|haproxy|ab|irqbalance)
		"need_$1"
		;;
	*)
		path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$1") ||
			die "the tests need '$1', which is not installed here"
		stage_program "$path" "/usr/bin/$1"
		;;
	esac
}

pack() {
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$1"
}
