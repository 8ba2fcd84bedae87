# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds for one architecture: configuration, kernel image, library.
#	make -f scripts/kernel.mk ARCH=riscv OUT=build/riscv image|lib|<config goal>

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

.PHONY: image lib
image: $(OUT)/Image

include scripts/lib.mk
include scripts/toolchain.mk
include scripts/kconfig.mk

# ---- what is built -------------------------------------------------------------------------------

LIB_SRCS := $(sort $(wildcard generic/*.c arch/$(ARCH)/*.c))
KERNEL_SRCS := $(sort $(wildcard mm/*.c kernel/*.c arch/$(ARCH)/kernel/*.c)) \
	$(sort $(filter-out %.lds.S,$(wildcard arch/$(ARCH)/kernel/*.S)))
LDS_SRC := arch/$(ARCH)/kernel/image.lds.S
LDS := $(OUT)/image.lds

objs = $(patsubst %,$(OUT)/%.o,$(basename $(1)))
LIB_OBJS := $(call objs,$(LIB_SRCS))
OBJS := $(LIB_OBJS) $(call objs,$(KERNEL_SRCS))

ifneq ($(words $(OBJS)),$(words $(sort $(OBJS))))
$(error two sources would make the same object: $(shell printf '%s\n' $(OBJS) | sort | uniq -d))
endif

# ---- flags ---------------------------------------------------------------------------------------

INCLUDES := -Iinclude -Iarch/$(ARCH)/include -Iarch/$(ARCH)/kernel/include -I. -I$(OUT)/include
# What only some objects need: CFLAGS_<path of the object>.
# gcc would turn the loops of memcpy() and memset() into calls of themselves.
CFLAGS_kernel/string.o := $(call cc-option,-fno-tree-loop-distribute-patterns)

KCFLAGS = $(CC_TARGET) -std=gnu11 -ffreestanding -nostdinc -isystem $(CC_INCLUDE) \
	-fPIE -fvisibility=hidden -fno-stack-protector -fno-strict-aliasing -fno-common \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -U_FORTIFY_SOURCE \
	$(call cc-option,-fno-stack-clash-protection) -ffile-prefix-map=$(CURDIR)/= \
	$(ARCH_CFLAGS) $(CONFIG_CFLAGS) -Wall -Wextra $(WERROR) $(WARNINGS) \
	$(INCLUDES) -include $(AUTOCONF) \
	$(if $(CONFIG_PAGE_SHIFT),-DGRT_PAGE_SHIFT=$(CONFIG_PAGE_SHIFT))
# Reports of exceptions follow the frame pointers (kernel/backtrace.c). A leaf needs no frame, its caller
# being in a register; gcc before 14 can't leave it out on RISC-V. The library is built without.
FRAMEFLAGS := -fno-omit-frame-pointer $(call cc-option,-momit-leaf-frame-pointer)
KAFLAGS = $(filter-out -std=gnu11,$(KCFLAGS)) -D__ASSEMBLY__
# No dynamic linker: head.S applies the relocations, which -z text keeps out of the code.
KLDFLAGS = -pie --no-dynamic-linker -z text -z norelro -z noexecstack -z max-page-size=65536 \
	--hash-style=sysv --build-id=none -Bsymbolic $(call ld-option,--no-warn-rwx-segments) \
	$(call ld-option,--no-apply-dynamic-relocs) $(ARCH_LDFLAGS)

FLAGS := $(OUT)/.flags
$(eval $(call when-changed,$(FLAGS),$(CC) $(KCFLAGS) $(FRAMEFLAGS) $(foreach v,$(filter CFLAGS_%,$(.VARIABLES)),$(v)=$($(v)))))
LINK_FLAGS := $(OUT)/.link
$(eval $(call when-changed,$(LINK_FLAGS),$(LD) $(KLDFLAGS) $(OBJS)))

# ---- rules ---------------------------------------------------------------------------------------

$(OUT)/%.o: %.c $(FLAGS) $(AUTOCONF)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KCFLAGS) $(FRAMEFLAGS) -include scripts/hidden.h $(CFLAGS_$*.o) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

$(OUT)/%.o: %.S $(FLAGS) $(AUTOCONF)
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KAFLAGS) $(CFLAGS_$*.o) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

$(LDS): $(LDS_SRC) $(FLAGS) $(AUTOCONF)
	$(call say,LDS,$@)
	$(Q)$(CC) $(KAFLAGS) -E -P -x assembler-with-cpp -MMD -MP -MT $@ -MF $@.d -o $@ $<

$(OUT)/graticule.elf: $(OBJS) $(LDS) $(LINK_FLAGS)
	$(call say,LD,$@)
	$(Q)$(LD) $(KLDFLAGS) -T $(LDS) -Map=$(OUT)/graticule.map -o $@ $(OBJS)

$(OUT)/Image: $(OUT)/graticule.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

include scripts/library.mk

-include $(OBJS:.o=.d) $(ARCHIVED:.o=.d) $(LDS).d

# How tests/build compiles its probes.
.PHONY: print-flags
print-flags: $(AUTOCONF)
	@echo $(CC) $(KCFLAGS)
