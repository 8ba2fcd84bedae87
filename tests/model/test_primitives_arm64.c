// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What test_bytes.py finds in the bytes of a primitive is what the model takes it for. */
#include "model/machine.h"

#define ROWS "tests/bytes/arm64.rows"
#define TLBI(form) .kind = MODEL_TLBI, .op = MODEL_##form
#include "tests/model/primitives.h"
