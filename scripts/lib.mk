# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the other fragments share: progress lines, stamps, option probes.

comma := ,
V ?= 0
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
# $(call say,CC,file): the line that stands for a command.
say = @printf '  %-7s %s\n' '$(1)' '$(patsubst $(OUT)/%,$(ARCH)/%,$(2))'
endif

.PHONY: FORCE
FORCE:

# $(eval $(call when-changed,FILE,TEXT)): a rule that rewrites FILE only where TEXT has changed, so that
# what depends on it is made again after a change of flags or of the list of objects, and only then.
define when-changed
$(1): FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$(2))' >$$@.new && \
		if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi
endef

# $(call cc-option,OPTION[,ELSE]): OPTION if the compiler knows it.
cc-option = $(shell $(CC) $(CC_TARGET) -Werror $(1) -c -x c /dev/null -o /dev/null 2>/dev/null && \
	echo '$(1)' || echo '$(2)')
# $(call ld-option,OPTION): OPTION if the linker knows it; ld takes its input's absence as an error of its own.
ld-option = $(shell $(LD) $(1) -v >/dev/null 2>&1 && echo '$(1)')
