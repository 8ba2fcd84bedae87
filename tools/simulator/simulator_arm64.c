// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tools/simulator/run.h"

const struct simulator simulator_arm64 = {
	.extensions = machine_extensions,
	.ext_default = 3, /* range operations and contiguous groups */
	.run = simulator_run,
	.free = outcome_free,
};
