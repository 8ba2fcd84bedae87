# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Configuration by kconfiglib: $(OUT)/.config in, auto.conf for make and autoconf.h for C out.

CONFIG := $(OUT)/.config
AUTOCONF := $(OUT)/include/generated/autoconf.h
AUTO_MK := $(OUT)/include/generated/auto.conf
KCONFIGS := Kconfig $(sort $(wildcard arch/*/Kconfig))
CONFIGS := arch/$(ARCH)/configs

# The python that has kconfiglib need not be the first one on the path.
PYTHON = $(or $(shell for p in python3 /usr/bin/python3; do \
	$$p -c 'import kconfiglib' 2>/dev/null && echo $$p && break; done),\
	$(error no python3 has kconfiglib: run scripts/packages))
kconf = $(Q)mkdir -p $(OUT) && ARCH=$(ARCH) srctree=. KCONFIG_CONFIG=$(CONFIG) $(PYTHON) -m

.PHONY: defconfig olddefconfig oldconfig menuconfig savedefconfig
defconfig:
	$(kconf) defconfig $(CONFIGS)/defconfig
%_defconfig: $(CONFIGS)/%_defconfig
	$(kconf) defconfig $<
$(CONFIGS)/%_defconfig:
	@echo "$(ARCH) has no configuration $(@F); it has: $(notdir $(wildcard $(CONFIGS)/*))" >&2; exit 1
olddefconfig oldconfig menuconfig:
	$(kconf) $@
savedefconfig:
	$(kconf) savedefconfig --out $(OUT)/defconfig

# Without a configuration, the default one; a fragment of the tree that is newer does not replace it.
$(CONFIG):
	$(call say,CONFIG,$@)
	$(kconf) defconfig $(CONFIGS)/defconfig >/dev/null

# kconfiglib leaves both files alone if nothing in them would change.
$(OUT)/.config.stamp: $(CONFIG) $(KCONFIGS)
	$(call say,GEN,$(AUTOCONF))
	@mkdir -p $(dir $(AUTOCONF))
	$(kconf) genconfig --header-path $(AUTOCONF) --config-out $(AUTO_MK) && touch $@
$(AUTOCONF) $(AUTO_MK): $(OUT)/.config.stamp
	@:

ifeq ($(filter %config,$(MAKECMDGOALS)),)
include $(AUTO_MK)
endif

unquote = $(patsubst "%",%,$(1))
CONFIG_CFLAGS = $(if $(CONFIG_CC_OPTIMIZE_DEBUG),-Og,-O2) $(if $(CONFIG_DEBUG_INFO),-g)
WERROR = $(if $(CONFIG_WERROR),-Werror)
