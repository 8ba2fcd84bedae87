// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tools/simulator/run.h"

const struct simulator simulator_riscv = {
	.extensions = machine_extensions,
	.ext_default = 7, /* what changes which steps are made: Svnapot, Svpbmt, Svinval */
	.run = simulator_run,
	.free = outcome_free,
};
