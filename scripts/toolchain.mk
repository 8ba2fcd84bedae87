# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The tools and flags of the target: gcc and binutils, or clang and lld with LLVM=1 (LLVM=-15: clang-15).

TRIPLE_riscv := riscv64-linux-gnu
TRIPLE_arm64 := aarch64-linux-gnu
TRIPLE := $(TRIPLE_$(ARCH))

LLVM ?=
ifneq ($(filter-out 0,$(LLVM)),)
LLVM_SUFFIX := $(filter -%,$(LLVM))
CC := clang$(LLVM_SUFFIX)
LD := ld.lld$(LLVM_SUFFIX)
AR := llvm-ar$(LLVM_SUFFIX)
OBJCOPY := llvm-objcopy$(LLVM_SUFFIX)
CC_TARGET := --target=$(TRIPLE)
WARNINGS := -Wno-gnu-variable-sized-type-not-at-end
CC_INCLUDE := $(shell $(CC) -print-resource-dir)/include
else
CROSS_COMPILE ?= $(TRIPLE)-
CC := $(CROSS_COMPILE)gcc
LD := $(CROSS_COMPILE)ld
AR := $(CROSS_COMPILE)ar
OBJCOPY := $(CROSS_COMPILE)objcopy
CC_TARGET :=
WARNINGS :=
CC_INCLUDE := $(shell $(CC) -print-file-name=include)
endif

ifeq ($(ARCH),riscv)
# Compilers before gcc 11 and clang 17 have the two extensions in "i" and don't know their names. No
# relaxation: lld before 15 can't do it, and the image would depend on the linker.
ARCH_CFLAGS := -mabi=lp64 -mcmodel=medany -mno-relax \
	$(call cc-option,-mabi=lp64 -march=rv64imac_zicsr_zifencei,-march=rv64imac)
ARCH_LDFLAGS := -m elf64lriscv
else
# Distributions switch branch protection and calls for atomics on; the kernel has neither in its library.
ARCH_CFLAGS := -mgeneral-regs-only -mstrict-align -mbranch-protection=none \
	$(call cc-option,-mno-outline-atomics)
ARCH_LDFLAGS := -m aarch64linux
endif
