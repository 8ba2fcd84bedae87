// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What test_bytes.py finds in the bytes of a primitive is what the model takes it for. */
#include "model/machine.h"

#define ROWS "tests/bytes/riscv.rows"
#define SFENCE(operands, id) .kind = MODEL_SFENCE, .op = (operands), .asid = (id)
#define SINVAL(operands, id) .kind = MODEL_SINVAL, .op = (operands), .asid = (id)
#define REMOTE(id) \
	.kind = MODEL_REMOTE_SFENCE, .mask = a3, .step = a2, .val = a1, .count = a0, .asid = (id)
#include "tests/model/primitives.h"
