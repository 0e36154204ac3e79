/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Make a filter shorter without changing what it answers.
 *
 * The kernel translates a filter to machine code when it is installed, in each start of a
 *container, and that costs by the instruction: libseccomp compares with each system call by itself,
 *1300 instructions for the default policy. But calls that are neighbours mostly share their fate,
 *so that a search over ranges of numbers needs a third of that.
 *
 * The filter is read as a function of architecture and number: it is run for each interval between
 *the constants that it compares with, as the kernel itself does for its bitmap of constant answers.
 *Where the answer is constant, the interval gets it. Where the filter goes on to look at arguments,
 *the interval jumps to that very instruction of the old filter, of which only what is reachable so
 *is kept, in its order. For each architecture:
 *
 *	if arch != ARCH goto next
 *	A = nr
 *	binary search over intervals     A >= start ? right : left
 *	answers                          return ACTION, or goto the old filter's instruction
 *
 * Whatever doesn't fit this shape (other instructions, more intervals than a conditional jump can
 * cross) leaves the filter as it was.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"

#define X32_BIT	    0x40000000u
#define TOP_BIT	    0x80000000u
#define NO_ARCH	    0xffffffffu /* none that there is */
#define REACH	    250		/* a conditional jump crosses 255 instructions */
#define OFFSET_NR   0
#define OFFSET_ARCH 4
#define POINTS_FACTOR                                                                              \
	4 /* from each constant: itself and the next, with and without the x32 bit                 \
	   */

/* What the filter does for a number: an answer, or the instruction where it looks at arguments. */
struct outcome {
	bool constant;
	uint32_t value;
};

struct interval {
	uint32_t start;
	size_t outcome; /* index into section.outcomes */
};

struct section {
	uint32_t arch;
	struct interval intervals[REACH];
	size_t n_intervals;
	struct outcome outcomes[REACH];
	size_t n_outcomes;
};

struct optimizer {
	const struct sock_filter *v;
	size_t n;
	uint32_t *points; /* sorted starts of intervals */
	size_t n_points;
	bool *kept;    /* instructions of the old filter that are still needed */
	size_t *moved; /* their new places, counted from the first kept */
	struct buf out;
	size_t old_at; /* where the old filter's rest will begin */
};

static bool jump_taken(const struct sock_filter *f, uint32_t a)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return a == f->k;
	case BPF_JGT:
		return a > f->k;
	case BPF_JGE:
		return a >= f->k;
	default: /* BPF_JSET, see is_known() */
		return (a & f->k) != 0;
	}
}

static bool is_known(const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_RET | BPF_K:
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		return true;
	default:
		return false;
	}
}

/* Run the filter as far as it depends on architecture and number alone. */
static struct outcome evaluate(const struct optimizer *o, uint32_t arch, uint32_t nr)
{
	uint32_t a = 0;
	size_t pc = 0;

	while (pc < o->n) {
		const struct sock_filter *f = &o->v[pc++];

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			if (f->k != OFFSET_NR && f->k != OFFSET_ARCH)
				return (struct outcome){.value = (uint32_t)(pc - 1)};
			a = f->k == OFFSET_NR ? nr : arch;
			break;
		case BPF_ALU:
			a &= f->k;
			break;
		case BPF_RET:
			return (struct outcome){.constant = true, .value = f->k};
		default:
			if (f->code == (BPF_JMP | BPF_JA))
				pc += f->k;
			else
				pc += jump_taken(f, a) ? f->jt : f->jf;
		}
	}
	return (struct outcome){.constant = true, .value = SECCOMP_RET_KILL_PROCESS};
}

static int point_cmp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Between neighbours among these, no comparison of the filter changes its result. */
static void find_points(struct optimizer *o)
{
	o->points = xcalloc(o->n * POINTS_FACTOR + 4, sizeof(*o->points));
	for (size_t i = 0; i < o->n; i++) {
		const struct sock_filter *f = &o->v[i];

		if (BPF_CLASS(f->code) != BPF_JMP || f->code == (BPF_JMP | BPF_JA))
			continue;
		o->points[o->n_points++] = f->k;
		o->points[o->n_points++] = f->k + 1;
		o->points[o->n_points++] = f->k | X32_BIT;
		o->points[o->n_points++] = (f->k | X32_BIT) + 1;
	}
	o->points[o->n_points++] = 0;
	o->points[o->n_points++] = X32_BIT;
	o->points[o->n_points++] = TOP_BIT;
	o->points[o->n_points++] = TOP_BIT | X32_BIT;
	qsort(o->points, o->n_points, sizeof(*o->points), point_cmp);
}

static size_t outcome_index(struct section *s, struct outcome out)
{
	for (size_t i = 0; i < s->n_outcomes; i++)
		if (s->outcomes[i].constant == out.constant && s->outcomes[i].value == out.value)
			return i;
	if (s->n_outcomes < REACH)
		s->outcomes[s->n_outcomes] = out;
	return s->n_outcomes++;
}

/* Fill in the intervals of one architecture; false when they are too many. */
static bool section_fill(const struct optimizer *o, struct section *s)
{
	for (size_t i = 0; i < o->n_points; i++) {
		size_t out;

		if (i > 0 && o->points[i] == o->points[i - 1])
			continue;
		out = outcome_index(s, evaluate(o, s->arch, o->points[i]));
		if (s->n_intervals > 0 && s->intervals[s->n_intervals - 1].outcome == out)
			continue;
		if (s->n_intervals + s->n_outcomes >= REACH)
			return false;
		s->intervals[s->n_intervals++] =
			(struct interval){.start = o->points[i], .outcome = out};
	}
	return true;
}

static void emit(struct optimizer *o, struct sock_filter f)
{
	buf_add(&o->out, &f, sizeof(f));
}

static size_t out_len(const struct optimizer *o)
{
	return o->out.len / sizeof(struct sock_filter);
}

static struct sock_filter *out_at(struct optimizer *o, size_t i)
{
	return (struct sock_filter *)(void *)o->out.data + i;
}

/*
 * Emit the search over intervals [low, high), of which there are at least two. Nodes come in
 * preorder; answers begin at `answers`. Depth is the logarithm of REACH.
 */
static void emit_search(struct optimizer *o, const struct section *s, size_t low, size_t high,
			size_t answers)
{
	size_t mid = low + (high - low) / 2, node = out_len(o), left, right;

	emit(o, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, s->intervals[mid].start, 0,
					     0));
	if (mid - low == 1) {
		left = answers + s->intervals[low].outcome;
	} else {
		left = out_len(o);
		emit_search(o, s, low, mid, answers);
	}
	if (high - mid == 1) {
		right = answers + s->intervals[mid].outcome;
	} else {
		right = out_len(o);
		emit_search(o, s, mid, high, answers);
	}
	out_at(o, node)->jt = (uint8_t)(right - node - 1);
	out_at(o, node)->jf = (uint8_t)(left - node - 1);
}

/* Note that an instruction of the old filter, and all that it leads to, is needed. */
static void keep(struct optimizer *o, size_t pc)
{
	o->kept[pc] = true;
	/* Jumps go forward only: one pass in order sees all. */
	for (size_t i = pc; i < o->n; i++) {
		const struct sock_filter *f = &o->v[i];

		if (!o->kept[i] || BPF_CLASS(f->code) == BPF_RET)
			continue;
		if (f->code == (BPF_JMP | BPF_JA)) {
			o->kept[i + 1 + f->k] = true;
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			o->kept[i + 1 + f->jt] = true;
			o->kept[i + 1 + f->jf] = true;
		} else {
			o->kept[i + 1] = true;
		}
	}
}

static bool emit_section(struct optimizer *o, uint32_t arch)
{
	struct section s = {.arch = arch};
	size_t start, nodes;

	if (!section_fill(o, &s))
		return false;
	emit(o, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, 0));
	start = out_len(o);
	emit(o, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET_NR));
	nodes = s.n_intervals - 1;
	if (nodes > 0)
		emit_search(o, &s, 0, s.n_intervals, out_len(o) + nodes);
	for (size_t i = 0; i < s.n_outcomes; i++) {
		if (s.outcomes[i].constant) {
			emit(o, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, s.outcomes[i].value));
			continue;
		}
		keep(o, s.outcomes[i].value);
		emit(o, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, s.outcomes[i].value));
	}
	out_at(o, start - 1)->jf = (uint8_t)(out_len(o) - start);
	return true;
}

/* The rest of the old filter goes to the end; jumps are mended for what was left out. */
static void emit_old(struct optimizer *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->kept[i])
			o->moved[i] = n++;
	for (size_t i = 0; i < o->n; i++) {
		struct sock_filter f = o->v[i];
		size_t at = o->moved[i] + 1;

		if (!o->kept[i])
			continue;
		if (f.code == (BPF_JMP | BPF_JA)) {
			f.k = (uint32_t)(o->moved[i + 1 + f.k] - at);
		} else if (BPF_CLASS(f.code) == BPF_JMP) {
			f.jt = (uint8_t)(o->moved[i + 1 + f.jt] - at);
			f.jf = (uint8_t)(o->moved[i + 1 + f.jf] - at);
		}
		emit(o, f);
	}
	for (size_t i = 0; i < o->old_at; i++) {
		struct sock_filter *f = out_at(o, i);

		if (f->code == (BPF_JMP | BPF_JA))
			f->k = (uint32_t)(o->old_at + o->moved[f->k] - i - 1);
	}
}

static bool optimize(struct optimizer *o, const struct seccomp_arches *arches)
{
	struct outcome other;

	for (size_t i = 0; i < o->n; i++)
		if (!is_known(&o->v[i]))
			return false;
	other = evaluate(o, NO_ARCH, 0);
	if (!other.constant)
		return false;
	find_points(o);
	emit(o, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET_ARCH));
	for (size_t i = 0; i < arches->n; i++)
		/* x32 is no architecture of the kernel's audit */
		if (!seccomp_is_x32(arches->token[i]) && !emit_section(o, arches->token[i]))
			return false;
	emit(o, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, other.value));
	o->old_at = out_len(o);
	emit_old(o);
	return true;
}

void seccomp_optimize(struct buf *filter, const struct seccomp_arches *arches)
{
	struct optimizer o = {.v = (const struct sock_filter *)(const void *)filter->data,
			      .n = filter->len / sizeof(struct sock_filter)};

	o.kept = xcalloc(o.n, sizeof(*o.kept));
	o.moved = xcalloc(o.n, sizeof(*o.moved));
	if (optimize(&o, arches) && o.out.len < filter->len) {
		buf_reset(filter);
		buf_add(filter, o.out.data, o.out.len);
	}
	buf_done(&o.out);
	free(o.points);
	free(o.kept);
	free(o.moved);
}
