// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every row of arm64.rows or riscv.rows as a function of six words, for test_bytes.py: see there. */
#include ROWS_INCLUDES

/* What a function gives back in two registers. */
struct two {
	u64 first;
	u64 second;
};

#define ARGS u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5
#define P0 ((u64 *)a0)
#define P1 ((u64 *)a1)
#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define NAME PASTE(row_, __LINE__)

/* Twice, and memory is written before and after each: none of them may go, or move. */
#define DO(order, call, ...)        \
	void NAME(ARGS, u64 *mark); \
	void NAME(ARGS, u64 *mark)  \
	{                           \
		*mark = 0;          \
		call;               \
		*mark = 1;          \
		call;               \
		*mark = 2;          \
	}
#define GET(order, call, ...)              \
	struct two NAME(ARGS, u64 *mark);  \
	struct two NAME(ARGS, u64 *mark) { \
		struct two r;              \
		*mark = 0;                 \
		r.first = (u64)(call);     \
		*mark = 1;                 \
		r.second = (u64)(call);    \
		*mark = 2;                 \
		return r;                  \
	}
#define STEP DO
#define STEP_GET GET
#define RUN(name, call)               \
	void PASTE(run_, name)(ARGS); \
	void PASTE(run_, name)(ARGS)  \
	{                             \
		call;                 \
	}
#define RUN_GET(name, call)          \
	u64 PASTE(run_, name)(ARGS); \
	u64 PASTE(run_, name)(ARGS)  \
	{                            \
		return (u64)(call);  \
	}

#include ROWS
#include "base/types.h"
