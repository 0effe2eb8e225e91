# SPDX-License-Identifier: GPL-2.0
# homeport: build, check and measure. "make help" lists the targets and says
# which of them need root, and which boot virtual machines.

TOP     := $(CURDIR)
VM      := $(TOP)/selftests/vm
KDIR    ?= /lib/modules/$(shell uname -r)/build
DESTDIR ?=
PREFIX  ?= /usr
# Debian's own kernels, that "check" builds for and boots
STOCK   ?= stock-6.1 stock-6.12
# all that the module must compile for
KERNELS ?= $(STOCK) prepared-7.3
VERSION := $(shell git -C $(TOP) describe --always --dirty 2>/dev/null || echo 0.1)
# what dkms wants is digits first
DKMS_VERSION := 0.1
# What is generated is as its generator writes it; the macros of a trace header
# have a layout of their own, throughout the kernel.
STYLE_FILES = $(filter-out %_gen.c %_gen.h %.mod.c kmod/trace.h,$(wildcard kmod/*.[ch])) \
	$(shell find kmod/compat -name '*.[ch]')
CHECKPATCH = $(shell $(VM)/kernel source 6.12)/scripts/checkpatch.pl \
	--strict --no-tree --terse --no-summary --show-types
SHELL_FILES = $(shell grep -rIlE '^\#!/bin/sh' --exclude-dir=out --exclude-dir=.git .) $(wildcard $(VM)/*.sh)
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= 5000000
SPARSE_FLAGS := -D__CHECK_ENDIAN__ -Wsparse-error

.DEFAULT_GOAL := all

##: Build
all: modules tools			## the module for KDIR, and the tools

modules:				## kmod/homeport.ko for KDIR=DIR
	+$(MAKE) -C $(KDIR) M=$(TOP) modules

tools:					## tools/homeport/homeport
	+$(MAKE) -C tools/homeport

selftests:				## the test programs, in out/selftests
	+$(MAKE) -C selftests

##: Try and measure
demo:					## (VM) the comparison on a real nginx
	$(TOP)/tools/bench/demo

compare:				## (VM) out/compare/: compare.json, report.html
	$(TOP)/tools/bench/compare

survive:				## (VM) the loss matrix, into out/compare/ too
	$(TOP)/tools/bench/survive

scale:					## (VM) out/scale/: what connections share; CPUS="4 16"
	$(TOP)/tools/bench/scale

##: Check
check:					## (VM) the tests on Debian's kernels: 40 minutes
	$(VM)/tier check $(STOCK)

check-long:				## (VM) more, on a debug kernel that is built here
	$(VM)/tier long $(STOCK)

check-patched:				## (VM) the tests on kernels with the patch series: hours
	$(VM)/summary start
	$(VM)/tier patched $(STOCK)

check-full:				## (VM) all of these, 200 reloads, NUMA: hours
	$(VM)/tier full $(STOCK)

check-lab:				## (VM) does the lab itself judge rightly?
	$(VM)/summary start
	$(VM)/check-lab
	@$(VM)/summary

check-nic: tools selftests		## homeport nic, without a kernel: seconds
	$(TOP)/selftests/nic/check

check-model:				## the model of cache coherence: seconds
	+$(MAKE) -s -C tools/bench/plugin test

check-nic-vm: tools selftests		## (VM) homeport nic on real multi-queue devices
	$(TOP)/selftests/nic/vm $(lastword $(STOCK))

check-nic-memory: tools selftests	## the same under sanitizers and valgrind
	$(TOP)/selftests/nic/check sanitize
	$(TOP)/selftests/nic/check valgrind

check-patches:				## does the patch series apply, is it clean?
	tools/patches check

style: version-check checkpatch		## checkpatch, and no kernel version outside compat

version-check:
	@! grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' kmod include \
		--include='*.[ch]' --include='Kbuild*' --exclude-dir=compat || \
		{ echo 'kernel versions belong into kmod/compat, as feature tests' >&2; exit 1; }

checkpatch:
	$(CHECKPATCH) -f $(STYLE_FILES)
	$(CHECKPATCH) --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT -f kmod/trace.h

warnings:				## the module with W=1, for each of KERNELS
	+@set -e; for k in $(KERNELS); do \
		HP_WERROR=1 HP_MODULE_DIR=$(TOP)/out/w1/$$k $(VM)/module $$k W=1; \
	done

sparse:					## the module under sparse, for each of KERNELS
	+@set -e; for k in $(KERNELS); do \
		HP_WERROR=1 HP_MODULE_DIR=$(TOP)/out/sparse/$$k \
			$(VM)/module $$k C=2 CF="$(SPARSE_FLAGS)"; \
	done

shellcheck:				## all shell programs
	shellcheck $(SHELL_FILES)

spec-check:				## do the generated files match the netlink spec?
	Documentation/netlink/regen.sh --check

##: Install
install: all				## (root) module, tools, man page, completion; DESTDIR=
	+$(MAKE) -C $(KDIR) M=$(TOP) INSTALL_MOD_PATH=$(DESTDIR) modules_install
	+$(MAKE) -C tools/homeport DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install

uninstall:				## (root) the reverse, for all kernels
	rm -f $(DESTDIR)/lib/modules/*/updates/kmod/homeport.ko*
	+$(MAKE) -C tools/homeport DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) uninstall
	[ -n "$(DESTDIR)" ] || depmod

# Only the sources that the module is built of.
dkms:					## (root) install the module through dkms
	install -d $(DESTDIR)/usr/src/homeport-$(DKMS_VERSION)
	tar cf - --exclude='*.o' --exclude='.*.cmd' --exclude='*.ko' \
		--exclude='*.mod' --exclude='*.mod.c' --exclude='modules.order' \
		Kbuild Makefile dkms.conf COPYING kmod include | \
		tar xf - -C $(DESTDIR)/usr/src/homeport-$(DKMS_VERSION)
	[ -n "$(DESTDIR)" ] || dkms install -m homeport -v $(DKMS_VERSION)

fuzz:					## fuzz the tools' parsers: FUZZ_SECONDS, or FUZZ_RUNS for nic
	+$(MAKE) -C tools/homeport/fuzz
	tools/homeport/fuzz/words -max_total_time=$(FUZZ_SECONDS)
	tools/homeport/fuzz/answers -max_total_time=$(FUZZ_SECONDS)
	tools/homeport/fuzz/nic -runs=$(FUZZ_RUNS)

##: Other
help:					## this list
	@echo 'homeport $(VERSION): make TARGET [VARIABLE=VALUE]'
	@echo
	@echo '(root) changes this machine. (VM) boots virtual machines, as any user.'
	@echo 'The rest needs a compiler and the kernel headers. Fresh Debian 12: tools/lab.'
	@sed -n -e 's/^##: \(.*\)/\n\1/p' \
		-e 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1\t\2/p' \
		$(firstword $(MAKEFILE_LIST)) | expand -t 18

clean:					## remove what was built, out/ too; not the cache
	rm -rf out
	find kmod -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name modules.order | xargs -r rm -f
	rm -f .*.cmd Module.symvers modules.order .module-common.o
	[ ! -e tools/homeport/Makefile ] || $(MAKE) -C tools/homeport clean

# make print-VARIABLE: what a variable is
print-%:
	@echo '$($*)'

.PHONY: all modules tools selftests demo compare survive scale check check-long check-full \
	check-nic check-nic-vm check-nic-memory check-model check-patched check-patches \
	check-lab style version-check checkpatch warnings sparse shellcheck \
	spec-check fuzz install uninstall dkms help clean
