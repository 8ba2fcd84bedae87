# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# libgraticule.a, the headers that an embedding kernel needs, and graticule.pc.
#	make lib EXTRA_CFLAGS='-Os -g' ABI=lp64d

LIBDIR := $(OUT)/lib

# One object in which nothing is visible but what the installed headers declare: no other kernel's names
# are in its way. Each function has a section of its own, which --gc-sections drops if nobody calls it.
LIB_EXPORTS := grt_*

# The objects are not those of the image: these may not use what belongs to the kernel that links them. That
# is x18 on arm64, where several keep their per-CPU pointer; the compiler never takes gp or tp by itself.
LIB_ARCH_riscv = $(filter-out -march=% -mabi=%,$(ARCH_CFLAGS)) $(ABI_CFLAGS) -msmall-data-limit=0
LIB_ARCH_arm64 = $(ARCH_CFLAGS) -ffixed-x18
ABI ?= lp64
MARCH_lp64 := imac
MARCH_lp64f := imafc
MARCH_lp64d := imafdc
MARCH := rv64$(MARCH_$(ABI))
ABI_CFLAGS = -mabi=$(ABI) $(call cc-option,-mabi=$(ABI) -march=$(MARCH)_zicsr_zifencei,-march=$(MARCH))

# EXTRA_CFLAGS come last, so that they win.
LIBCFLAGS = $(filter-out $(ARCH_CFLAGS),$(KCFLAGS)) $(LIB_ARCH_$(ARCH)) -ffunction-sections -fdata-sections \
	-DGRATICULE_LIBRARY -include scripts/hidden.h $(EXTRA_CFLAGS)

ARCHIVED := $(patsubst $(OUT)/%,$(LIBDIR)/obj/%,$(LIB_OBJS))

# What the compiler says of the flags; nothing, as a rule.
.PHONY: probe-lib
probe-lib:
	@$(CC) $(filter-out -include $(AUTOCONF) scripts/hidden.h,$(LIBCFLAGS)) -c -x c /dev/null -o /dev/null 2>&1 | head -n 1

LIB_FLAGS := $(OUT)/.lib
$(eval $(call when-changed,$(LIB_FLAGS),$(CC) $(LIBCFLAGS) $(LIB_EXPORTS) $(ARCHIVED)))

$(LIBDIR)/obj/%.o: %.c $(LIB_FLAGS) $(AUTOCONF)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBCFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

$(LIBDIR)/graticule.o: $(ARCHIVED) $(LIB_FLAGS)
	$(call say,LD,$@)
	$(Q)$(LD) -r $(ARCH_LDFLAGS) -o $@.all $(ARCHIVED)
	$(Q)$(OBJCOPY) --wildcard $(LIB_EXPORTS:%=--keep-global-symbol='%') $@.all $@ && rm $@.all

$(LIBDIR)/libgraticule.a: $(LIBDIR)/graticule.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $<

# Everything below a folder graticule/; what only this tree reads is elsewhere.
HEADERS := $(wildcard include/graticule/*.h) $(wildcard arch/$(ARCH)/include/graticule/asm/*.h)
LIB_HEADERS := $(patsubst include/%,$(LIBDIR)/include/%,$(HEADERS:arch/$(ARCH)/%=%))

$(LIBDIR)/include/graticule/%.h: include/graticule/%.h $(LIBDIR)/.headers
	$(Q)mkdir -p $(@D) && cp $< $@
$(LIBDIR)/include/graticule/asm/%.h: arch/$(ARCH)/include/graticule/asm/%.h $(LIBDIR)/.headers
	$(Q)mkdir -p $(@D) && cp $< $@
# A header that is no more doesn't stay from the last time.
$(eval $(call when-changed,$(LIBDIR)/.names,$(HEADERS)))
$(LIBDIR)/.headers: $(LIBDIR)/.names
	$(Q)rm -rf $(LIBDIR)/include && touch $@

VERSION_HEADER := include/graticule/version.h

$(LIBDIR)/graticule.pc: scripts/graticule.pc.in scripts/library.mk $(VERSION_HEADER) $(AUTOCONF)
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's|@ARCH@|$(ARCH)|' -e "s|@VERSION@|$$(sed -n 's/^#define GRT_VERSION "\(.*\)"/\1/p' $(VERSION_HEADER))|" -e 's|@CFLAGS@|$(strip \
		$(if $(CONFIG_PAGE_SHIFT),-DGRT_PAGE_SHIFT=$(CONFIG_PAGE_SHIFT)))|' $< >$@

lib: $(LIBDIR)/libgraticule.a $(LIBDIR)/graticule.pc $(LIB_HEADERS)
