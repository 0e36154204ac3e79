/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress_draw.h"

#include <stdbool.h>

#include "base/parse.h"
#include "cli/term.h"
#include "cli/utf8.h"

#define SECOND	     UINT64_C(1000000000)
#define BAR_MIN	     8
#define BAR_MAX	     40
#define SETTLE	     (SECOND / 2) /* before that a rate is a guess */
#define NUMBERS_MAX  96
#define TEXT_COLUMNS 1024

static uint64_t rate_of(uint64_t done, uint64_t started, uint64_t now)
{
	uint64_t elapsed = now > started ? now - started : 0;

	return elapsed < SETTLE ? 0 : (uint64_t)((double)done * (double)SECOND / (double)elapsed);
}

void progress_draw_text(const char *text, unsigned width, struct buf *out)
{
	unsigned used = 0;
	size_t len;

	for (; *text; text += len) {
		unsigned c = utf8_decode(text, &len);
		bool plain = c != UTF8_INVALID && !utf8_is_control(c);
		unsigned columns = plain ? utf8_columns(c) : 1;

		if (used + columns > width)
			return;
		used += columns;
		if (plain)
			buf_add(out, text, len);
		else
			buf_addc(out, '?');
	}
}

/* "23.4MB/80.1MB" or "23.4MB". */
static void add_bytes(struct buf *out, uint64_t done, uint64_t total)
{
	char a[FORMAT_MAX], b[FORMAT_MAX];

	buf_adds(out, format_size(done, a));
	if (total)
		buf_addf(out, "/%s", format_size(total, b));
}

static void add_rate(struct buf *out, uint64_t rate)
{
	char text[FORMAT_MAX];

	if (rate)
		buf_addf(out, "  %s/s", format_size(rate, text));
}

static void add_bar(struct buf *out, unsigned columns, uint64_t done, uint64_t total)
{
	unsigned full = done >= total ? columns
				      : (unsigned)((double)done / (double)total * (double)columns);

	buf_addc(out, '[');
	for (unsigned i = 0; i < columns; i++)
		buf_addc(out, i < full ? '=' : i == full ? '>' : ' ');
	buf_addc(out, ']');
}

/* Name, bar, share, bytes and rate: from the right, what has no room is left out. */
static void draw_part(const struct progress_part *p, uint64_t now, unsigned width, struct buf *out)
{
	_cleanup_(buf) struct buf bytes = BUF_INIT, rate = BUF_INIT;
	unsigned room = width - 1, name = term_text_width(p->name), share = p->total ? 5 : 0;

	if (name > room)
		name = room;
	progress_draw_text(p->name, name, out);
	room -= name;
	if (room < share)
		share = 0;
	room -= share;
	buf_adds(&bytes, "  ");
	add_bytes(&bytes, p->done, p->total);
	add_rate(&rate, rate_of(p->done, p->started, now));
	if (bytes.len > room)
		buf_reset(&bytes);
	room -= (unsigned)bytes.len;
	if (!bytes.len || rate.len > room)
		buf_reset(&rate);
	room -= (unsigned)rate.len;
	if (p->total && room >= BAR_MIN + 3) {
		buf_addc(out, ' ');
		add_bar(out, room - 3 < BAR_MAX ? room - 3 : BAR_MAX, p->done, p->total);
	}
	if (share)
		buf_addf(out, " %3u%%",
			 p->done >= p->total
				 ? 100
				 : (unsigned)((double)p->done * 100 / (double)p->total));
	buf_adds(out, buf_str(&bytes));
	buf_adds(out, buf_str(&rate));
	buf_addc(out, '\n');
}

struct summary {
	size_t phase[PROGRESS_THERE + 1];
	uint64_t done, total;
	bool total_known;
};

static void summarise(const struct progress_parts *parts, struct summary *ret)
{
	*ret = (struct summary){.total_known = true};
	for (size_t i = 0; i < parts->n; i++) {
		const struct progress_part *p = &parts->v[i];

		ret->phase[p->phase]++;
		if (p->phase == PROGRESS_THERE)
			continue;
		ret->done += p->done;
		ret->total += p->total > p->done ? p->total : p->done;
		ret->total_known &= p->total > 0 || p->phase == PROGRESS_DONE;
	}
}

static void draw_summary(const struct progress_parts *parts, const struct summary *s, uint64_t now,
			 unsigned width, struct buf *out)
{
	_cleanup_(buf) struct buf line = BUF_INIT;

	buf_addf(&line, "%s %zu/%zu  ", parts->verb,
		 s->phase[PROGRESS_DONE] + s->phase[PROGRESS_THERE], parts->n);
	add_bytes(&line, s->done, s->total_known ? s->total : 0);
	add_rate(&line, rate_of(s->done, parts->started, now));
	if (s->phase[PROGRESS_WAITS])
		buf_addf(&line, "  %zu waiting", s->phase[PROGRESS_WAITS]);
	progress_draw_text(buf_str(&line), width - 1, out);
	buf_addc(out, '\n');
}

void progress_draw(const struct progress_parts *parts, uint64_t now, unsigned width,
		   unsigned height, struct buf *out)
{
	struct summary s;
	unsigned lines = 1;

	summarise(parts, &s);
	draw_summary(parts, &s, now, width, out);
	for (size_t i = 0; i < parts->n && lines < height; i++) {
		if (parts->v[i].phase != PROGRESS_RUNS)
			continue;
		draw_part(&parts->v[i], now, width, out);
		lines++;
	}
}

void progress_draw_end(const struct progress_part *part, uint64_t now, struct buf *out)
{
	uint64_t tenths = now > part->started ? (now - part->started) / (SECOND / 10) : 0;
	char size[FORMAT_MAX];

	progress_draw_text(part->name, TEXT_COLUMNS, out);
	if (part->phase == PROGRESS_THERE)
		buf_adds(out, ": already here\n");
	else
		buf_addf(out, ": done, %s in %llu.%llus\n", format_size(part->done, size),
			 (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10));
}
