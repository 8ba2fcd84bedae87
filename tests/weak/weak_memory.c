// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a CPU knows of the others' stores, and what a load may return. */
#include "tests/weak/weak_internal.h"

/* ---- views ---- */

static void join(struct view *v, const struct view *by)
{
	for (unsigned int i = 0; i < e->nr_locations; i++)
		if (v->newest[i] < by->newest[i])
			v->newest[i] = by->newest[i];
	for (unsigned int i = 0; i < WEAK_CPUS; i++)
		if (v->done[i] < by->done[i])
			v->done[i] = by->done[i];
}

void weak_fence_now(void)
{
	struct weak_cpu *c = weak_self();

	c->now.done[e->self]++;
	join(&c->now, &c->loaded);
	join(&c->now, &e->fences);
	join(&e->fences, &c->now);
	c->fenced = c->now;
}

void weak_fence(void)
{
	weak_step();
	weak_fence_now();
}

void weak_start(unsigned int cpu)
{
	struct weak_cpu *c = &e->cpu[cpu];

	weak_step();
	weak_self()->now.done[e->self]++;
	join(&c->now, &weak_self()->now);
	c->state = RUNS;
}

/* ---- atomic accesses ---- */

static u64 read_memory(uintptr_t at, unsigned int size)
{
	u64 val = 0;

	memcpy(&val, (const void *)at, size);
	return val;
}

static void write_memory(uintptr_t at, unsigned int size, u64 val)
{
	memcpy((void *)at, &val, size);
}

static struct message *newest(struct location *l)
{
	return &l->message[l->nr - 1];
}

static struct message *append(struct location *l, u64 val)
{
	struct message *m;

	if (l->nr == MESSAGES)
		weak_wrong("more than %u stores to one word", MESSAGES);
	m = &l->message[l->nr++];
	*m = (struct message){ .val = val };
	write_memory(l->at, l->size, val);
	e->changes++;
	return m;
}

/* An old value that a volatile load has got is no longer in memory. */
static void unpatch(void)
{
	struct location *l = e->patched;

	e->patched = NULL;
	if (l)
		write_memory(l->at, l->size, newest(l)->val);
}

static unsigned int number(const struct location *l)
{
	return (unsigned int)(l - e->location);
}

static struct location *find(uintptr_t at)
{
	for (unsigned int i = 0; i < e->nr_locations; i++)
		if (e->location[i].at == at)
			return &e->location[i];
	return NULL;
}

/* What an ordinary store has left in memory is a message, that hands nothing over. */
static void take_note(struct location *l)
{
	int cpu = l->writer;

	l->writer = -1;
	if (cpu < 0)
		return;
	append(l, read_memory(l->at, l->size));
	e->cpu[cpu].now.newest[number(l)] = (u8)(l->nr - 1);
}

static struct location *locate(volatile void *at, unsigned int size)
{
	struct location *l;

	unpatch();
	l = find((uintptr_t)at);
	if (!l) {
		if (e->nr_locations == LOCATIONS)
			weak_wrong("more than %u words", LOCATIONS);
		l = &e->location[e->nr_locations++];
		l->at = (uintptr_t)at;
		l->size = size;
		l->nr = 1;
		l->writer = -1;
		l->message[0] = (struct message){ .val = read_memory((uintptr_t)at, size) };
	}
	take_note(l);
	return l;
}

static bool acquires(int order)
{
	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order >= __ATOMIC_ACQ_REL;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order >= __ATOMIC_ACQ_REL;
}

/* The value of message @n is what this CPU goes on with. */
static void got(struct location *l, unsigned int n, int order)
{
	struct weak_cpu *c = weak_self();

	c->now.newest[number(l)] = (u8)n;
	join(acquires(order) ? &c->now : &c->loaded, &l->message[n].view);
}

static unsigned int pick(struct location *l)
{
	unsigned int last = l->nr - 1, n = last - weak_self()->now.newest[number(l)];

	n = weak_choose(e->late ? min_u64(n, OLDER) + 1 : 1);
	if (n) {
		e->late--;
		weak_self()->read_old = true;
	}
	return last - n;
}

static void put(struct location *l, u64 val, int order)
{
	struct weak_cpu *c = weak_self();
	struct message *m = append(l, val);

	c->now.newest[number(l)] = (u8)(l->nr - 1);
	c->now.done[e->self] += releases(order);
	m->view = releases(order) ? c->now : c->fenced;
}

static u64 result(enum weak_op op, u64 old, u64 val)
{
	switch (op) {
	case WEAK_ADD:
		return old + val;
	case WEAK_SUB:
		return old - val;
	case WEAK_OR:
		return old | val;
	case WEAK_AND:
		return old & val;
	case WEAK_XOR:
		return old ^ val;
	default:
		return val;
	}
}

/* Of the newest value, to which others that read the new one are handed over as well. */
static u64 change(struct location *l, enum weak_op op, u64 val, int order)
{
	struct message *old = newest(l);

	got(l, l->nr - 1, order);
	put(l, result(op, old->val, val), order);
	join(&newest(l)->view, &old->view);
	return old->val;
}

u64 weak_atomic(enum weak_op op, volatile void *at, unsigned int size, u64 val, int order)
{
	struct location *l;
	unsigned int n;

	weak_step();
	l = locate(at, size);
	if (order == __ATOMIC_SEQ_CST)
		weak_fence_now();
	if (op == WEAK_STORE) {
		put(l, val, order);
		return 0;
	}
	if (op != WEAK_LOAD) {
		val = change(l, op, val, order);
		if (order == __ATOMIC_SEQ_CST)
			weak_fence_now();
		return val;
	}
	n = pick(l);
	got(l, n, order);
	return l->message[n].val;
}

bool weak_compare(volatile void *at, unsigned int size, u64 *old, u64 val, int order,
		  int order_else)
{
	struct location *l;

	weak_step();
	l = locate(at, size);
	if (newest(l)->val != *old) {
		got(l, l->nr - 1, order_else);
		*old = newest(l)->val;
		return false;
	}
	change(l, WEAK_EXCHANGE, val, order);
	return true;
}

void weak_volatile(volatile void *at, unsigned int size, bool write)
{
	struct location *l;
	unsigned int n;

	weak_step();
	l = locate(at, size);
	if (write) {
		l->writer = (int)e->self;
		return;
	}
	n = pick(l);
	got(l, n, __ATOMIC_RELAXED);
	write_memory(l->at, l->size, l->message[n].val);
	e->patched = l;
}

/* ---- ordinary accesses ---- */

static struct cell *cell_of(uintptr_t at)
{
	unsigned int i = (unsigned int)((at >> 3) * 0x9e3779b97f4a7c15ULL >> 40) % CELLS;

	for (unsigned int tries = 0; tries < CELLS; tries++, i = (i + 1) % CELLS) {
		struct cell *c = &e->cell[i];

		if (c->run != e->x->seen + 1) {
			memset(c, 0, sizeof(*c));
			c->run = e->x->seen + 1;
			c->at = at;
		}
		if (c->at == at)
			return c;
	}
	weak_wrong("more than %u words are accessed", CELLS);
}

static void access_byte(uintptr_t at, bool write, const void *where)
{
	struct cell *c = cell_of(at & ~7UL);
	const struct view *now = &weak_self()->now;
	unsigned int b = at & 7, me = e->self;

	if (c->byte[b].written && c->byte[b].writer != me &&
	    c->byte[b].written > now->done[c->byte[b].writer])
		weak_wrong("at %p: %s what CPU %u writes at the same time", where,
			   write ? "writes" : "reads", c->byte[b].writer);
	for (unsigned int i = 0; write && i < WEAK_CPUS; i++)
		if (i != me && c->byte[b].read[i] > now->done[i])
			weak_wrong("at %p: writes what CPU %u reads at the same time", where, i);
	if (write) {
		c->byte[b].written = now->done[me] + 1;
		c->byte[b].writer = (u8)me;
	} else {
		c->byte[b].read[me] = now->done[me] + 1;
	}
}

void weak_plain(const volatile void *at, u64 size, bool write, const void *where)
{
	struct location *l;

	if (!e || !e->running || e->self >= WEAK_CPUS)
		return;
	unpatch();
	for (u64 i = 0; i < size; i++)
		access_byte((uintptr_t)at + i, write, where);
	l = write ? find((uintptr_t)at) : NULL;
	if (l) {
		take_note(l);
		l->writer = (int)e->self;
	}
}
