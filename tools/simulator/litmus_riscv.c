// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* herd7 has page tables for AArch64 only. */
#include "tools/simulator/litmus.h"

const char *litmus_arch_refuses(const struct model *m, const struct model_event *ev)
{
	(void)m;
	(void)ev;
	return "it is for RISC-V, and the format has page tables for AArch64 only";
}

bool litmus_arch_concerns(const struct model *m, const struct model_event *ev, grt_virt_t va,
			  const struct model_entry *entry)
{
	(void)m;
	(void)ev;
	(void)va;
	(void)entry;
	return false;
}

const char *litmus_arch_ask(struct sim *sim, const struct litmus_page *page)
{
	(void)sim;
	(void)page;
	return NULL;
}
