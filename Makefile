# SPDX-License-Identifier: GPL-2.0
# homeport: build, check and measure. "make help" lists the targets.
#
# (root)  changes this machine, so needs root
# (VM)    boots virtual machines by QEMU; as root or as any user

TOP   := $(CURDIR)
VM    := $(TOP)/selftests/vm
KDIR  ?= /lib/modules/$(shell uname -r)/build
# the kernels of the lab that "check" builds for and boots
STOCK ?= stock-6.1 stock-6.12

# What a target prints after "##" is its line in the help.
.DEFAULT_GOAL := all

all: modules tools			## the module for KDIR, and the tools

modules:				## kmod/homeport.ko for KDIR=DIR
	$(MAKE) -C $(KDIR) M=$(TOP) modules

tools:					## tools/homeport/homeport
	$(MAKE) -C tools/homeport

selftests:				## the test programs, in out/selftests
	$(MAKE) -C selftests

help:					## this list
	@echo 'homeport: make TARGET; needs nothing but a compiler unless it says (root) or (VM)'
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

clean:					## remove what was built, out/ too; not the cache
	rm -rf out
	[ ! -e kmod/Kbuild ] || $(MAKE) -C $(KDIR) M=$(TOP) clean
	[ ! -e tools/homeport/Makefile ] || $(MAKE) -C tools/homeport clean

print-%:
	@echo '$($*)'

.PHONY: all modules tools selftests help clean
