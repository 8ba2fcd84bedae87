// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The functions that -fsanitize=thread has called: their names and types are the compiler's. */
#include "tests/weak/weak.h"

#define HERE __builtin_return_address(0)

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_atomic_thread_fence(int order);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void)
{
}

void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	weak_fence();
}

#define PLAIN(name, size, write)                   \
	void __tsan_##name(void *at);              \
	void __tsan_##name(void *at)               \
	{                                          \
		weak_plain(at, size, write, HERE); \
	}
#define PLAINS(size)                             \
	PLAIN(read##size, size, false)           \
	PLAIN(write##size, size, true)           \
	PLAIN(unaligned_read##size, size, false) \
	PLAIN(unaligned_write##size, size, true)
PLAINS(1)
PLAINS(2)
PLAINS(4)
PLAINS(8)
PLAINS(16)

void __tsan_read_range(void *at, unsigned long size);
void __tsan_write_range(void *at, unsigned long size);

void __tsan_read_range(void *at, unsigned long size)
{
	weak_plain(at, size, false, HERE);
}

void __tsan_write_range(void *at, unsigned long size)
{
	weak_plain(at, size, true, HERE);
}

#define VOLATILE(size)                              \
	void __tsan_volatile_read##size(void *at);  \
	void __tsan_volatile_read##size(void *at)   \
	{                                           \
		weak_volatile(at, size, false);     \
	}                                           \
	void __tsan_volatile_write##size(void *at); \
	void __tsan_volatile_write##size(void *at)  \
	{                                           \
		weak_volatile(at, size, true);      \
	}
VOLATILE(1)
VOLATILE(2)
VOLATILE(4)
VOLATILE(8)

#define CHANGE(bits, name, op)                                                              \
	u##bits __tsan_atomic##bits##_##name(volatile u##bits *at, u##bits val, int order); \
	u##bits __tsan_atomic##bits##_##name(volatile u##bits *at, u##bits val, int order)  \
	{                                                                                   \
		return (u##bits)weak_atomic(op, at, bits / 8, val, order);                  \
	}
#define COMPARE(bits, name)                                                                   \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile u##bits *at, u##bits *old, \
							  u##bits val, int order, int other); \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile u##bits *at, u##bits *old, \
							  u##bits val, int order, int other)  \
	{                                                                                     \
		u64 was = *old;                                                               \
		bool done = weak_compare(at, bits / 8, &was, val, order, other);              \
		*old = (u##bits)was;                                                          \
		return done;                                                                  \
	}
#define ATOMICS(bits)                                                                            \
	u##bits __tsan_atomic##bits##_load(const volatile u##bits *at, int order);               \
	u##bits __tsan_atomic##bits##_load(const volatile u##bits *at, int order)                \
	{                                                                                        \
		return (u##bits)weak_atomic(WEAK_LOAD, (volatile void *)at, bits / 8, 0, order); \
	}                                                                                        \
	void __tsan_atomic##bits##_store(volatile u##bits *at, u##bits val, int order);          \
	void __tsan_atomic##bits##_store(volatile u##bits *at, u##bits val, int order)           \
	{                                                                                        \
		weak_atomic(WEAK_STORE, at, bits / 8, val, order);                               \
	}                                                                                        \
	CHANGE(bits, exchange, WEAK_EXCHANGE)                                                    \
	CHANGE(bits, fetch_add, WEAK_ADD)                                                        \
	CHANGE(bits, fetch_sub, WEAK_SUB)                                                        \
	CHANGE(bits, fetch_or, WEAK_OR)                                                          \
	CHANGE(bits, fetch_and, WEAK_AND)                                                        \
	CHANGE(bits, fetch_xor, WEAK_XOR)                                                        \
	COMPARE(bits, strong)                                                                    \
	COMPARE(bits, weak)
ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)
