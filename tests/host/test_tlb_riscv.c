// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which fences a batch turns into, on this hart and on which others. */
#include "tests/host/engine_arena.h"

#define START 0xffffffc000000000ULL

static struct tables t;

static u64 count(enum mmu_event event)
{
	return mmu_host.count[event];
}

static int commit(u64 size, unsigned int level, bool nonleaf)
{
	struct tlb_batch batch;

	memset(mmu_host.count, 0, sizeof(mmu_host.count));
	tlb_batch_init(&batch);
	tlb_batch_change(&batch, START, START + size - 1, level);
	batch.nonleaf = nonleaf;
	return tlb_batch_commit(&t.pt, &batch);
}

static void few_addresses_are_fenced_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(commit(KIB(4), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 1);
	assert_int_equal(commit(KIB(256), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 64);
	assert_int_equal(commit(KIB(260), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 0);
	assert_int_equal(count(MMU_SFENCE_ALL), 1);
	assert_int_equal(commit(MIB(8), 1, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 4);
}

static void non_leaf_changes_are_fenced_without_an_address(void **state)
{
	(void)state;
	assert_int_equal(commit(KIB(4), 0, true), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 0);
	assert_int_equal(count(MMU_SFENCE_ALL), 1);
}

static void svinval_orders_once(void **state)
{
	(void)state;
	t.caps.svinval = true;
	assert_int_equal(commit(KIB(64), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_W_INVAL), 1);
	assert_int_equal(count(MMU_SINVAL_VA), 16);
	assert_int_equal(count(MMU_SFENCE_INVAL_IR), 1);
	t.caps.svinval = false;
}

static u64 hart_65(void)
{
	return 65;
}

static void remote_fences_go_to_the_others_online(void **state)
{
	struct tlb_domain domain = { .online = { 0, 0x6 }, .this_cpu = hart_65 };

	(void)state;
	t.pt.domain = &domain;
	assert_int_equal(commit(KIB(8), 0, false), 0);
	assert_int_equal(count(MMU_ORDER_REMOTE), 1);
	assert_int_equal(count(MMU_REMOTE_SFENCE), 1);
	assert_int_equal(mmu_host.remote_mask, 0x4);
	assert_int_equal(mmu_host.remote_base, 64);
	domain.online[1] = 0x2; /* nobody but this one */
	assert_int_equal(commit(KIB(8), 0, false), 0);
	assert_int_equal(count(MMU_REMOTE_SFENCE), 0);
	domain.this_cpu = NULL; /* unknown: it is among those that are sent the fence */
	assert_int_equal(commit(KIB(8), 0, false), 0);
	assert_int_equal(mmu_host.remote_mask, 0x2);
	t.pt.domain = NULL;
}

static void tables_are_kept_when_the_firmware_fails(void **state)
{
	struct tlb_domain domain = { .online = { 0xf } };
	u64 tables;

	(void)state;
	assert_int_equal(pgtable_map(&t.pt, START, GIB(1), KIB(4), PGATTR_KERNEL_RW), 0);
	tables = t.nr_used;
	t.pt.domain = &domain;
	mmu_host.remote_result = -3;
	assert_int_equal(pgtable_unmap(&t.pt, START, KIB(4)), -EIO);
	assert_int_equal(t.nr_used, tables);
	mmu_host.remote_result = 0;
	t.pt.domain = NULL;
}

static int setup(void **state)
{
	(void)state;
	tables_init(&t, &geometry_choices[0], true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(t.memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_addresses_are_fenced_one_by_one),
		cmocka_unit_test(non_leaf_changes_are_fenced_without_an_address),
		cmocka_unit_test(svinval_orders_once),
		cmocka_unit_test(remote_fences_go_to_the_others_online),
		cmocka_unit_test(tables_are_kept_when_the_firmware_fails),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
