/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between backend.c and its counterpart for one architecture. */
#ifndef TOOLS_BACKEND_IMPL_H
#define TOOLS_BACKEND_IMPL_H

#include <graticule/asm/caps.h>
#include "tools/backend.h"

/* A CPU that has everything, but for what @req says that it lacks. */
void backend_caps(const struct plan_request *req, struct grt_mmu_caps *caps);

const char *backend_plan(const struct plan_request *req, struct plan_result *res);

#endif
