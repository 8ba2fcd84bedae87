/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between arm64's two files of the model. */
#ifndef MODEL_ARCH_ARM64_H
#define MODEL_ARCH_ARM64_H

#include "model/model_internal.h"

void model_tlbi(struct model *m, const struct model_event *ev);
void model_tlbi_words(char *buf, size_t size, const struct model *m, const struct model_event *ev);

#endif
