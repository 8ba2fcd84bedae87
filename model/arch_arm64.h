/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between arm64's two files of the model. */
#ifndef MODEL_ARCH_ARM64_H
#define MODEL_ARCH_ARM64_H

#include "model/model_internal.h"

void model_tlbi(struct model *m, const struct model_event *ev);
/** model_tlbi_inval() - what a TLBI removes, and whose. Return: NULL, or what is wrong with its operand. */
const char *model_tlbi_inval(const struct model *m, const struct model_event *ev,
			     struct model_inval *inv);
void model_tlbi_words(char *buf, size_t size, const struct model *m, const struct model_event *ev);

#endif
