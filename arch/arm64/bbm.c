// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which CPUs stand a change of size of a live leaf. */
#include <asm/bbm.h>
#include <asm/step.h>

/**
 * struct cpu_model - CPUs by MIDR_EL1
 * @implementer: [31:24]
 * @part: [15:4]
 * @first: variant and revision, [23:20] and [3:0], of the first; likewise @last
 */
struct cpu_model {
	u8 implementer;
	u16 part;
	u8 first;
	u8 last;
};

/*
 * Their makers attest that they never raise a TLB conflict abort for a change of size, which is level 3;
 * their ID registers say less, because they are older than it.
 */
static const struct cpu_model never_conflict[] = {
	{ 0x41, 0xd82, 0x03, 0x0f }, /* Arm Cortex-X4, r0p3 and later r0 */
	{ 0x41, 0xd83, 0x02, 0x0f }, /* Arm Neoverse-V3AE, r0p2 and later r0 */
	{ 0x41, 0xd84, 0x02, 0x0f }, /* Arm Neoverse-V3, r0p2 and later r0 */
	{ 0x4e, 0x010, 0x00, 0xff }, /* NVIDIA Olympus */
	{ 0xc0, 0xac3, 0x00, 0xff }, /* Ampere AmpereOne */
	{ 0xc0, 0xac4, 0x00, 0xff }, /* Ampere AmpereOne, AC04 */
};

static bool is_model(const struct cpu_model *model, u64 midr)
{
	u8 release = (u8)((midr >> 16 & 0xf0) | (midr & 0xf));

	return model->implementer == (midr >> 24 & 0xff) && model->part == (midr >> 4 & 0xfff) &&
	       release >= model->first && release <= model->last;
}

u8 bbm_level_of(u64 midr, u64 mmfr2)
{
	u8 level = mmfr2 >> 52 & 0xf;

	for (unsigned int i = 0; i < ARRAY_SIZE(never_conflict); i++)
		if (is_model(&never_conflict[i], midr))
			return BBM_NO_CONFLICT;
	return level < BBM_NO_CONFLICT ? level : BBM_NO_CONFLICT;
}
