# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds for the host: the tool, the unit tests and the fuzz targets.
#	make -f scripts/host.mk O=build tool|tests|fuzz|plugin|list-tests|list-fuzz

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

ARCHES := riscv arm64
HOSTOUT := $(O)/host
OUT := $(O)
ARCH := $(patsubst %/,%,$(O))
LLVM ?=
HOSTCC ?= $(if $(filter-out 0,$(LLVM)),clang$(filter -%,$(LLVM)),gcc)
HOSTLD ?= ld
HOSTOBJCOPY ?= objcopy
HOSTCFLAGS ?= -std=gnu11 -O2 -g -Wall -Wextra -Werror
FUZZCC ?= clang$(filter -%,$(LLVM))

.PHONY: tool tests fuzz list-tests list-fuzz
tests:

include scripts/lib.mk
-include tools/tool.mk
tool: $(if $(wildcard tools/tool.mk),$(HOSTOUT)/graticule)

# ---- unit tests ----------------------------------------------------------------------------------
#
# tests/host/test_NAME.c is one program for each architecture, test_NAME_riscv.c and test_NAME_arm64.c
# for one. The core and the backend are linked to each; what else a test needs it says in its first ten
# lines:
#	/* link: kernel/fdt.c mm/memblock.c */
#	/* libs: -lfdt */

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# make coverage: counts in place of checks, in a directory of its own.
ifdef COVERAGE
SANITIZE := --coverage -Wno-maybe-uninitialized
endif
TESTFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -MMD -MP $(SANITIZE)
TESTINC = -Itools/include -Iinclude -Iarch/$(1)/include -Iarch/$(1)/kernel/include -I.
T := $(O)/check/host
F := $(O)/check/fuzz
# tests/model/test_*.c and tests/mutants/test_*.c are built in the same manner, with the TLB model in
# place of asm/mmu_ops.h; so are fuzz targets that say:
#	/* with: model */
MODELINC = -Imodel/include -Iinclude -Iarch/$(1)/include -Iarch/$(1)/kernel/include -I.
M := $(O)/check/model
FM := $(O)/check/fuzz-model

# tests/weak/test_*.c run kernel code on CPUs that see each other's stores late (tests/weak/weak.h). They have
# the model too, and what they name so is built as for a kernel, with calls before each access:
#	/* traced: kernel/quiesce.c kernel/work.c */
# Nothing else checks them at the same time.
W := $(O)/check/weak
TRACED := -ffreestanding -fsanitize=thread $(if $(findstring clang,$(HOSTCC)),-mllvm -tsan-distinguish-volatile=1,\
	--param tsan-distinguish-volatile=1)
UNCHECKED = $(filter-out $(SANITIZE),$(TESTFLAGS))

# $(call directive,WORD,FILE)
directive = $(shell sed -n '1,10s|^.*[/ ]\* *$(1): *\(.*[^ ]\) *\*/.*|\1|p' $(2))
# $(call sources,ARCH,FILE)
sources = $(2) $(sort $(wildcard generic/*.c arch/$(1)/*.c tests/host/support/*.c) $(call directive,link,$(2)))
# $(call programs,ARCH,FILES): the ones of the files that are for the architecture
programs = $(filter-out $(foreach a,$(filter-out $(1),$(ARCHES)),%_$(a).c arch/$(a)/%),$(2))

# $(call model-sources,ARCH,FILE)
model-sources = $(2) $(call programs,$(1),$(sort $(wildcard generic/*.c arch/$(1)/*.c) \
	$(wildcard model/*.c) $(filter-out tests/model/test_%,$(wildcard tests/model/*.c)) \
	$(wildcard $(call directive,link,$(2)))))

TESTS := $(sort $(wildcard tests/host/test_*.c))
MODEL_TESTS := $(sort $(wildcard tests/model/test_*.c tests/mutants/test_*.c))
WEAK_TESTS := $(sort $(wildcard tests/weak/test_*.c))
MODEL_FUZZERS := $(foreach f,$(sort $(wildcard tests/fuzz/fuzz_*.c)),\
	$(if $(filter model,$(call directive,with,$(f))),$(f)))
FUZZERS := $(filter-out $(MODEL_FUZZERS),$(sort $(wildcard tests/fuzz/fuzz_*.c)))
TEST_PROGRAMS :=
WEAK_PROGRAMS :=
FUZZ_PROGRAMS :=

# $(call traced,ARCH,FILE) and $(call untraced,ARCH,FILE): what a test of tests/weak consists of
traced = $(2) $(call programs,$(1),$(wildcard $(call directive,traced,$(2))))
untraced = $(filter-out $(call traced,$(1),$(2)),$(call model-sources,$(1),$(2)) $(wildcard tests/weak/weak*.c))
# $(eval $(call weak-program,ARCH,FILE))
define weak-program
$(W)/$(basename $(notdir $(2))).$(1): $(patsubst %.c,$(W)/$(1)/traced/%.o,$(call traced,$(1),$(2))) \
		$(patsubst %.c,$(W)/$(1)/%.o,$(call untraced,$(1),$(2)))
	$$(call say,LD,$$@)
	$$(Q)$(HOSTCC) -o $$@ $$^ -lcmocka $(call directive,libs,$(2))
endef

# $(eval $(call program,ARCH,FILE,DIR,LIBS,SOURCES)): how a program is linked, and its objects with it.
define program
$(3)/$(basename $(notdir $(2))).$(1): $(patsubst %.c,$(3)/$(1)/%.o,$(5))
	$$(call say,LD,$$@)
	$$(Q)$$(LINK) -o $$@ $$^ $(4) $(call directive,libs,$(2))
endef

$(foreach a,$(ARCHES),$(foreach t,$(call programs,$(a),$(TESTS)),\
	$(eval TEST_PROGRAMS += $(T)/$(basename $(notdir $(t))).$(a))\
	$(eval $(call program,$(a),$(t),$(T),-lcmocka,$(call sources,$(a),$(t))))))
$(foreach a,$(ARCHES),$(foreach t,$(call programs,$(a),$(FUZZERS)),\
	$(eval FUZZ_PROGRAMS += $(F)/$(basename $(notdir $(t))).$(a))\
	$(eval $(call program,$(a),$(t),$(F),,$(call sources,$(a),$(t))))))
$(foreach a,$(ARCHES),$(foreach t,$(call programs,$(a),$(MODEL_FUZZERS)),\
	$(eval FUZZ_PROGRAMS += $(FM)/$(basename $(notdir $(t))).$(a))\
	$(eval $(call program,$(a),$(t),$(FM),,$(call model-sources,$(a),$(t))))))
$(foreach a,$(ARCHES),$(foreach t,$(call programs,$(a),$(MODEL_TESTS)),\
	$(eval TEST_PROGRAMS += $(M)/$(basename $(notdir $(t))).$(a))\
	$(eval $(call program,$(a),$(t),$(M),-lcmocka,$(call model-sources,$(a),$(t))))))
$(foreach a,$(ARCHES),$(foreach t,$(call programs,$(a),$(WEAK_TESTS)),\
	$(eval WEAK_PROGRAMS += $(W)/$(basename $(notdir $(t))).$(a))\
	$(eval $(call weak-program,$(a),$(t)))))

$(TEST_PROGRAMS): LINK = $(HOSTCC) $(SANITIZE)
$(FUZZ_PROGRAMS): LINK = $(FUZZCC) $(SANITIZE) -fsanitize=fuzzer

# $(eval $(call objects,ARCH))
define objects
$(T)/$(1)/%.o: %.c $(T)/.flags
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $(TESTFLAGS) $(call TESTINC,$(1)) -c -o $$@ $$<
$(M)/$(1)/%.o: %.c $(T)/.flags
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $(TESTFLAGS) $(call MODELINC,$(1)) -c -o $$@ $$<
$(W)/$(1)/traced/%.o: %.c $(T)/.flags
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(UNCHECKED) $$(TRACED) $(call MODELINC,$(1)) -c -o $$@ $$<
$(W)/$(1)/%.o: %.c $(T)/.flags
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $$(UNCHECKED) $(call MODELINC,$(1)) -c -o $$@ $$<
$(F)/$(1)/%.o: %.c $(F)/.flags
	$$(call say,FUZZCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(FUZZCC) $(TESTFLAGS) -fsanitize=fuzzer-no-link $(call TESTINC,$(1)) -c -o $$@ $$<
$(FM)/$(1)/%.o: %.c $(F)/.flags
	$$(call say,FUZZCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(FUZZCC) $(TESTFLAGS) -fsanitize=fuzzer-no-link $(call MODELINC,$(1)) -c -o $$@ $$<
endef
$(foreach a,$(ARCHES),$(eval $(call objects,$(a))))
$(eval $(call when-changed,$(T)/.flags,$(HOSTCC) $(TESTFLAGS)))
$(eval $(call when-changed,$(F)/.flags,$(FUZZCC) $(TESTFLAGS)))

tests: $(TEST_PROGRAMS) $(WEAK_PROGRAMS)
fuzz: $(FUZZ_PROGRAMS)
list-tests list-fuzz: # what tests/run is to run, so that a program which does not build is missed
	@printf '%s\n' $(if $(filter list-tests,$@),$(TEST_PROGRAMS) $(WEAK_PROGRAMS),$(FUZZ_PROGRAMS))

.PHONY: coverage
coverage: tests
	$(Q)tests/coverage --out $(O) $(TEST_PROGRAMS)

# Every mutant on every machine in every layout: minutes. check runs them on a few.
MUTANTS := $(foreach a,$(ARCHES),$(M)/test_mutants.$(a))
.PHONY: mutants
mutants: $(MUTANTS)
	$(Q)status=0; for m in $(MUTANTS); do echo "# $$m"; $$m --full || status=1; done; exit $$status

# ---- the counting plugin -------------------------------------------------------------------------

B := $(O)/bench
.PHONY: plugin
plugin: $(B)/libcount.so

$(B)/libcount.so: $(wildcard tests/bench/*.c tests/bench/*.h) kernel/window.h
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -fPIC -fvisibility=hidden -shared -I. -o $@ $(filter %.c,$^)

-include $(shell find $(T) $(F) $(M) $(FM) $(W) -name '*.d' 2>/dev/null)
