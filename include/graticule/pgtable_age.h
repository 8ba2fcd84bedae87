/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Accessed and dirty state of many leaves at once: page ageing, idle page tracking, dirty logging. */
#ifndef GRT_PGTABLE_AGE_H
#define GRT_PGTABLE_AGE_H

#include <graticule/pgtable.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Beside what it is about, GRT_PGSTATE_ACCESSED or GRT_PGSTATE_DIRTY or both; without the first two: look. */
#define GRT_AGE_CLEAR 4U
#define GRT_AGE_SET 8U
/* CPUs may go on with what they have cached: nothing is invalidated. */
#define GRT_AGE_STALE 16U

/**
 * struct grt_age_bits - up to 512 neighbours, of which some were accessed or dirty: 64 in each word of bits
 * @va: where the leaf of bit 0 begins; that of bit n does @size * n further on
 * @size: bytes of a leaf
 * @group: bytes of a contiguous group, which is one leaf and has the bit of its first entry
 * @nr: how many bits there are
 * @accessed: the leaves that were accessed, if that was asked for
 * @dirty: likewise
 * @groups: those that are groups
 */
struct grt_age_bits {
	grt_virt_t va;
	uint64_t size;
	uint64_t group;
	unsigned int nr;
	const uint64_t *accessed;
	const uint64_t *dirty;
	const uint64_t *groups;
};

/* May look at the tree, and not change it. Bits come in ascending order, and what they say is done. */
typedef void (*grt_age_fn)(const struct grt_age_bits *bits, void *arg);

/**
 * grt_age() - look at the accessed and dirty state of a range, and clear or set it
 * @va: virtual address, page aligned, in the half that the tree serves
 * @size: bytes, page aligned, not zero
 * @what: GRT_PGSTATE_* that it is about | GRT_AGE_*
 * @fn: called with what was found before the change, where it was anything; NULL: nobody asks
 *
 * Of a leaf or group that overlaps the range it is the state of the whole; a group's is what any of its
 * entries says, and changes in all of them. Holes and hidden leaves are passed over. In a dry batch nothing
 * is called.
 *
 * One batch: when this returns, or the open batch is committed, an access sets anew what was cleared, and
 * what was written before it was cleared is in memory. With GRT_AGE_STALE that holds only from when
 * something else has made CPUs forget the translations: accesses until then are missed. Dirty state is
 * never cleared so, since writes would be.
 *
 * Hardware that writes the state meanwhile (regime.hardware_ad) loses none. Where it doesn't, an access to
 * what is not accessed, or a write to what is clean, faults (arm64 without TCR_ELx.HA or HD; RISC-V: Svade),
 * and who takes the fault sets the state with GRT_AGE_SET: so clear it in user's mappings only.
 *
 * arm64 below FEAT_BBM's level 3: groups that are writable and dirty since they were mapped can't become
 * clean in place. They are taken apart for it, or below level 2 broken, as by grt_protect().
 *
 * Return: 0; -EINVAL (arguments; both of GRT_AGE_CLEAR and GRT_AGE_SET; GRT_AGE_STALE with neither, or to
 * clear dirty state; nothing changes and nobody asks); -EOPNOTSUPP, -EIO as all operations.
 */
int grt_age(struct grt_pgtable *pt, grt_virt_t va, uint64_t size, unsigned int what, grt_age_fn fn,
	    void *arg);

#ifdef __cplusplus
}
#endif

#endif
