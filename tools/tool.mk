# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The host tool: $(HOSTOUT)/graticule. Uses HOSTCC, HOSTCFLAGS, HOSTLD, HOSTOBJCOPY and HOSTOUT.
#
# The core, mm/'s pure parts and a backend are compiled once for each architecture and linked into one
# relocatable object, in which only the architecture's struct backend stays visible. Likewise its struct
# simulator, of an object in which the TLB model of model/ stands for asm/mmu_ops.h.

TOOL := $(HOSTOUT)/graticule
TOOLOBJ := $(HOSTOUT)/obj
TOOL_ARCHES := riscv arm64
TOOL_LIBS := -lfdt -ljansson
TOOL_FLAGS = $(HOSTCFLAGS) -D_GNU_SOURCE -MMD -MP

TOOL_MAIN := $(filter-out tools/backend%,$(wildcard tools/*.c)) kernel/layout_json.c kernel/layout_text.c kernel/format.c \
	kernel/seed.c mm/memblock.c
TOOL_CORE := $(wildcard generic/*.c) mm/memblock.c mm/linear_map.c mm/bootstrap.c tools/backend.c tools/backend_tree.c
TOOL_SIM := $(wildcard generic/*.c model/*.c tools/simulator/*.c) mm/linear_map.c mm/bootstrap.c
TOOL_OBJS := $(TOOL_MAIN:%.c=$(TOOLOBJ)/main/%.o) $(TOOL_ARCHES:%=$(TOOLOBJ)/backend-%.o) \
	$(TOOL_ARCHES:%=$(TOOLOBJ)/simulator-%.o)

# $(call tool-for,ARCH,FILES): without those of other architectures
tool-for = $(filter-out $(foreach a,$(filter-out $(1),$(TOOL_ARCHES)),%_$(a).c),$(2))

# $(eval $(call tool-object,KIND,ARCH,OBJECTS)): one relocatable object, one visible symbol
define tool-object
$(TOOLOBJ)/$(1)-$(2).o: $(3)
	$$(call say,HOSTLD,$$@)
	$$(Q)$$(HOSTLD) -r -o $$@.tmp $$^
	$$(Q)$$(HOSTOBJCOPY) --keep-global-symbol=$(1)_$(2) $$@.tmp $$@
	$$(Q)rm -f $$@.tmp
endef

# $(eval $(call tool-backend,ARCH))
define tool-backend
$(TOOLOBJ)/$(1)/%.o: %.c $(TOOLOBJ)/.flags
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(TOOL_FLAGS) -Itools/include -Iinclude -Iarch/$(1)/include -I. -c -o $$@ $$<
$(TOOLOBJ)/sim-$(1)/%.o: %.c $(TOOLOBJ)/.flags
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(TOOL_FLAGS) -Imodel/include -Iinclude -Iarch/$(1)/include -I. -c -o $$@ $$<
endef
$(foreach a,$(TOOL_ARCHES),$(eval $(call tool-backend,$(a))))
$(foreach a,$(TOOL_ARCHES),$(eval $(call tool-object,backend,$(a),$(patsubst %.c,$(TOOLOBJ)/$(a)/%.o,\
	$(TOOL_CORE) $(wildcard arch/$(a)/*.c) tools/backend_$(a).c tools/backend_entry_$(a).c))))
$(foreach a,$(TOOL_ARCHES),$(eval $(call tool-object,simulator,$(a),$(patsubst %.c,$(TOOLOBJ)/sim-$(a)/%.o,\
	$(call tool-for,$(a),$(TOOL_SIM)) $(wildcard arch/$(a)/*.c)))))

$(TOOLOBJ)/main/%.o: %.c $(TOOLOBJ)/.flags
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(TOOL_FLAGS) -Iinclude -I. -c -o $@ $<

$(TOOL): $(TOOL_OBJS)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $^ $(TOOL_LIBS)

$(eval $(call when-changed,$(TOOLOBJ)/.flags,$(HOSTCC) $(TOOL_FLAGS)))

-include $(shell find $(TOOLOBJ) -name '*.d' 2>/dev/null)
