/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template is parsed and run over a value of each kind: it gives text or an error that says
 * something, the same both times, and nothing is appended where it fails.
 */
#include <string.h>

#include "base/alloc.h"
#include "cli/format.h"
#include "cli/template.h"
#include "fuzz.h"

/* Numbers of more digits, as counts of a range or widths, only cost time. */
#define DIGITS_MAX 4

static bool costs_time(const uint8_t *data, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
		if (digits > DIGITS_MAX)
			return true;
	}
	return false;
}

static int method(const struct value *self, const struct value *const *args, size_t n,
		  struct arena *a, const struct value **ret, struct err *err)
{
	(void)a;
	if (n > 0 && args[0]->kind == VALUE_STRING)
		return err_set(err, ERR_INVALID, "'%.100s' is refused", args[0]->string.text);
	*ret = n > 0 ? args[0] : self;
	return 0;
}

static struct value *make_data(struct arena *a)
{
	static const struct value_method methods[] = {{"Do", 0, 2, method}, {NULL, 0, 0, NULL}};
	char *const words[] = {(char[]){"x"}, (char[]){"KEY=value"}, (char[]){""}};
	struct value *v = value_struct(a), *map = value_map(a), *inner = value_struct(a);

	value_put_string(a, v, "S", "text \xc3\xa9 <&>\n\xff");
	value_put_int(a, v, "I", 42);
	value_put_bool(a, v, "T", true);
	value_put(a, v, "F", value_float(a, -2.5));
	value_put_strings(a, v, "L", words, 3);
	value_put_strings(a, v, "E", NULL, 0);
	value_put(a, v, "N", value_nil(a));
	value_put(a, v, "C", value_time(a, "2024-02-29T23:59:59.123456789Z"));
	value_put(a, v, "Z", value_time(a, NULL));
	value_put(a, v, "D", value_duration(a, 90500000000));
	value_put_string(a, map, "a.b", "c");
	value_put_int(a, map, "i", -1);
	value_put(a, map, "n", value_nil(a));
	value_put(a, map, "m", inner);
	value_put(a, v, "M", map);
	value_put_string(a, inner, "A", "deep");
	value_put(a, v, "X", inner);
	v->members.methods = methods;
	return v;
}

static void try_rows(const char *text, const struct value *v)
{
	static const struct format_column columns[] = {{"S", "TEXT"},
						       {"I", "NUMBER"},
						       {NULL, NULL}};
	const struct format_rows f = {.format = text,
				      .standard = "table {{.S}}",
				      .columns = columns};
	const struct value *rows[] = {v, v};

	for (size_t n = 0; n <= 2; n += 2) {
		_cleanup_(buf) struct buf out = BUF_INIT;
		struct err err = ERR_INIT;

		if (format_rows(&f, rows, n, &out, &err) < 0)
			FUZZ_CHECK(out.len == 0 && err.kind != ERR_NONE && err.text[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(template) struct template *t = NULL;
	_cleanup_(buf) struct buf first = BUF_INIT, second = BUF_INIT;
	struct err err = ERR_INIT;
	const struct value *v;
	int rc;

	if (costs_time(data, size))
		return 0;
	v = make_data(&a);
	if (template_parse(text, "fuzz", &t, &err) < 0) {
		FUZZ_CHECK(!t && err.kind != ERR_NONE && err.text[0]);
		return 0;
	}
	rc = template_run(t, v, &first, &err);
	FUZZ_CHECK(rc == 0 || (first.len == 0 && err.kind != ERR_NONE && err.text[0]));
	FUZZ_CHECK(template_run(t, v, &second, NULL) == rc && second.len == first.len);
	FUZZ_CHECK(memcmp(buf_str(&first), buf_str(&second), first.len) == 0);
	try_rows(text, v);
	return 0;
}
