/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules of translation that the model checks: one table, rules.c. */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

enum model_rule {
	MODEL_NONE,
	MODEL_C1,
	MODEL_C2,
	MODEL_C3,
	MODEL_C4,
	MODEL_C5,
	MODEL_C6,
	MODEL_A1,
	MODEL_A2,
	MODEL_A3,
	MODEL_A4,
	MODEL_A5,
	MODEL_A6,
	MODEL_A7,
	MODEL_A8,
	MODEL_A9,
	MODEL_A10,
	MODEL_A11,
	MODEL_A12,
	MODEL_A13,
	MODEL_A14,
	MODEL_A15,
	MODEL_A16,
	MODEL_A17,
	MODEL_A18,
	MODEL_A19,
	MODEL_A20,
	MODEL_A21,
	MODEL_A22,
	MODEL_A23,
	MODEL_A24,
	MODEL_A25,
	MODEL_A26,
	MODEL_A27,
	MODEL_A28,
	MODEL_R1,
	MODEL_R2,
	MODEL_R3,
	MODEL_R4,
	MODEL_R5,
	MODEL_R6,
	MODEL_R7,
	MODEL_R8,
	MODEL_R9,
	MODEL_R10,
	MODEL_R11,
	MODEL_R12,
	MODEL_R13,
	MODEL_R14,
	MODEL_R15,
	MODEL_R16,
	MODEL_R17,
	MODEL_R18,
	MODEL_R19,
	MODEL_R21,
	MODEL_RULES
};

/**
 * struct model_rule_text - a rule
 * @id: its name, as in the reports
 * @arch: 'C' both architectures, 'A' arm64, 'R' riscv
 * @statement: what must be true
 * @manual: where it is written
 */
struct model_rule_text {
	const char *id;
	char arch;
	const char *statement;
	const char *manual;
};

extern const struct model_rule_text model_rules[MODEL_RULES];

#endif
