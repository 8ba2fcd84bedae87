# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The one entry point. `make help` lists what it does. The work is done by scripts/*.mk, each of which
# one recursive call runs for one architecture and one output directory.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:

ARCHES := riscv arm64

# O= replaces build/: $(O)/riscv/Image, $(O)/arm64/Image, $(O)/host/graticule.
O ?= build
HOSTOUT := $(O)/host
ifneq ($(words $(O)),1)
$(error O=$(O): must be one path without spaces)
endif

ifdef ARCH
ifeq ($(filter $(ARCH),$(ARCHES)),)
$(error ARCH=$(ARCH): must be one of: $(ARCHES))
endif
endif
# What the goals below are for: the architecture that ARCH= names, or all of them.
TARGETS := $(or $(ARCH),$(ARCHES))

# Every processor, unless the caller said otherwise with -j.
ifeq ($(MAKELEVEL)$(filter -j% --jobserver%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

V ?= 0
ifeq ($(V),1)
Q :=
else
Q := @
endif
export V LLVM

kernel = $(MAKE) -f scripts/kernel.mk ARCH=$(1) OUT=$(O)/$(1)
host = $(MAKE) -f scripts/host.mk O=$(O)

CONFIG_GOALS := defconfig olddefconfig oldconfig menuconfig savedefconfig

.PHONY: all
all: $(addprefix kernel-,$(TARGETS)) $(if $(ARCH),,tool)

.PHONY: $(ARCHES:%=kernel-%) $(ARCHES:%=lib-%)
$(ARCHES:%=kernel-%): kernel-%: ; +$(Q)$(call kernel,$*) image

.PHONY: lib
lib: $(addprefix lib-,$(TARGETS))
$(ARCHES:%=lib-%): lib-%: ; +$(Q)$(call kernel,$*) lib
# Impossible flags are said once, in one line, not once for each file.
ifneq ($(filter lib lib-% install deb,$(MAKECMDGOALS)),)
ifeq ($(ARCH),arm64)
$(if $(ABI),$(error ABI=$(ABI): arm64 has one ABI))
endif
$(foreach a,$(TARGETS),$(foreach fault,$(subst $() ,~,$(shell \
	LLVM='$(LLVM)' $(call kernel,$(a)) -s EXTRA_CFLAGS='$(EXTRA_CFLAGS)' $(if $(ABI),ABI='$(ABI)') probe-lib | grep -m 1 error:)),\
	$(error make lib: $(a): $(subst ~, ,$(fault)))))
endif

# The libraries side by side, by pkg-config and CMake; without ARCH the tool and its manual page as well.
PREFIX ?= /usr/local
.PHONY: install
install: lib $(if $(ARCH),,tool)
	$(Q)O='$(O)' PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' TOOL='$(if $(ARCH),,1)' scripts/install $(TARGETS)

.PHONY: deb
deb: lib tool
	$(Q)O='$(O)' scripts/deb $(ARCHES)

# make ARCH=arm64 generic/tlb.o: one object.
OBJECTS := $(filter %.o,$(MAKECMDGOALS))
.PHONY: $(OBJECTS)
$(OBJECTS):
	$(if $(ARCH),,$(error make $@ needs ARCH=riscv or ARCH=arm64))
	+$(Q)$(call kernel,$(ARCH)) $(O)/$(ARCH)/$@

.PHONY: tool
tool: ; +$(Q)$(call host) tool

# ---- configuration -------------------------------------------------------------------------------

.PHONY: $(CONFIG_GOALS)
NAMED_CONFIGS := $(filter-out $(CONFIG_GOALS),$(filter %_defconfig,$(MAKECMDGOALS)))
$(CONFIG_GOALS) $(NAMED_CONFIGS):
	$(if $(ARCH),,$(error make $@ needs ARCH=riscv or ARCH=arm64))
	+$(Q)$(call kernel,$(ARCH)) $@

# "make ARCH=arm64 16k_defconfig all" and "make clean all" do one after the other, with -j as well.
FIRST_GOALS := $(filter clean distclean %config,$(MAKECMDGOALS))
$(addprefix kernel-,$(ARCHES)) $(addprefix lib-,$(ARCHES)) tool: | $(FIRST_GOALS)

# ---- running and testing -------------------------------------------------------------------------

.PHONY: packages packages-run packages-check packages-coverage
packages: packages-check
packages-run packages-check packages-coverage: packages-%: ; $(Q)scripts/packages $*

.PHONY: run
run: packages-run
	+$(Q)$(MAKE) all
	$(Q)O=$(O) scripts/run $(ARCH)

CHECKS := check-host check-boot check-build check-bench lint fuzz
.PHONY: check $(CHECKS)
check: packages-check
	+$(Q)tests/run --out $(O) --make "$(MAKE)" all
$(CHECKS): packages-check
	+$(Q)tests/run --out $(O) --make "$(MAKE)" $(if $(TIME),--fuzz-time $(TIME)) $(@:check-%=%)

# Minutes of changes on all CPUs, where check has seconds.
.PHONY: stress
stress: packages-check
	+$(Q)$(MAKE) all
	$(Q)tests/boot/run --out $(O) --stress $(or $(TIME),120)

# UPDATE=1 writes the figures of what was just built; PARENT=revision builds that and compares.
.PHONY: bench
bench: packages-check
	+$(Q)$(MAKE) all
	+$(Q)$(MAKE) ARCH=arm64 O=$(O)/4k 4k_defconfig all
	$(Q)tests/bench/run --out $(O) $(if $(UPDATE),--update) $(if $(PARENT),--parent '$(PARENT)') $(if $(CASES),'$(CASES)')

# Which lines and branches of the shared C do the host's tests reach?
.PHONY: coverage
coverage: packages-coverage
	+$(Q)$(MAKE) -f scripts/host.mk O=$(O)/coverage COVERAGE=1 HOSTCC=gcc coverage

# Change each barrier and invalidation in turn: the model must notice. Then what is written where rules are
# kept, FILES=regex of it: the tests must.
.PHONY: mutants
mutants: packages-check
	+$(Q)$(call host) mutants
	+$(Q)$(MAKE) all
	$(Q)GRATICULE_OUT=$(O) PYTHONPATH=tests tests/mutants/test_source.py --all $(FILES)

# What documents say of outputs that change whenever the code does.
.PHONY: docs
docs: tool ; $(Q)GRATICULE_OUT='$(O)' python3 tests/host/test_simulate.py --docs

.PHONY: format
format: ; $(Q)git ls-files -co --exclude-standard '*.c' '*.h' | sort -u | xargs clang-format -i

.PHONY: clean distclean
clean:
	$(Q)rm -rf $(foreach a,$(TARGETS),$(O)/$(a)) $(if $(ARCH),,$(HOSTOUT) $(O)/check $(O)/bench $(O)/4k $(O)/coverage)
distclean: clean

.PHONY: help
help:
	@sed -n 's/^##: \{0,1\}//p' Makefile

##: Build        make [ARCH=riscv|arm64] all     kernel images; without ARCH both, and the host tool
##:              make [ARCH=...] lib             libgraticule.a, its headers and graticule.pc
##:                   [EXTRA_CFLAGS=...]         after the library's own flags, so that they win
##:                   [ABI=lp64|lp64f|lp64d]     the RISC-V kernel's that it is for (lp64)
##:              make tool                       build/host/graticule
##:              make [ARCH=...] install         both libraries, for pkg-config and CMake; the tool
##:                   [PREFIX=/usr/local]        and its manual page, without ARCH
##:                   [DESTDIR=]
##:              make deb                        the same as a Debian package
##:              make [ARCH=...] clean
##: Configure    make ARCH=... defconfig | menuconfig | oldconfig | olddefconfig | savedefconfig
##:              make ARCH=arm64 4k_defconfig | 16k_defconfig | 64k_defconfig
##: Run          make run                        boot both in QEMU, address spaces side by side
##:              make ARCH=... run               boot one, with its console
##: Test         make check                      everything; last line "N passed, N failed"
##:              make check-host | check-boot | check-build | check-bench | lint | fuzz [TIME=seconds]
##:              make stress [TIME=seconds]      all CPUs change the mappings of memory that all use
##:              make bench [CASES=regex]        count what the kernels execute; are the bars met?
##:                   [PARENT=revision]          and compare with another revision's, built here
##:              make coverage                   lines and branches that the host's tests reach, by file
##:              make mutants [FILES=regex]      is each barrier and invalidation needed, each line that
##:                                              keeps a rule? Very long without FILES
##: Style        make format                     clang-format on every file
##:              make docs                       write the outputs in docs/simulate.md anew
##: Packages     make packages                   install what run and check need (run and check do it too)
##:
##: O=dir  outputs in dir instead of build/      V=1     show the commands
##: LLVM=1 clang and lld instead of gcc and ld   -jN     default: one job per processor
