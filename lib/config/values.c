/* SPDX-License-Identifier: Apache-2.0 */
#include "config/values.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/strv.h"

#define TYPE_MAX 160

static void *member(struct config *c, const struct config_key *k)
{
	return (char *)&c->values + k->offset;
}

static int refuse(const struct config_key *k, const char *text, struct err *err)
{
	char type[TYPE_MAX];

	config_key_type(k, type, sizeof(type));
	return err_set(err, ERR_INVALID, "'%s' is not accepted: %s", text, type);
}

static int set_number(struct config *c, const struct config_key *k, const char *text,
		      struct err *err)
{
	int64_t v = 0;
	uint64_t size;
	int r;

	switch (k->kind) {
	case CONFIG_SIZE:
		r = parse_size(text, &size, NULL);
		v = r || size > INT64_MAX ? 0 : (int64_t)size;
		break;
	case CONFIG_DURATION:
		r = parse_duration(text, &v, NULL);
		break;
	case CONFIG_NANO:
		r = parse_nano(text, &v, NULL);
		break;
	default:
		r = parse_int(text, k->min, k->max, &v, NULL);
	}
	if (r || v < k->min || v > k->max)
		return refuse(k, text, err);
	*(int64_t *)member(c, k) = v;
	return 0;
}

int config_set(struct config *c, const struct config_key *k, const char *text, struct err *err)
{
	bool flag;

	switch (k->kind) {
	case CONFIG_TEXT:
	case CONFIG_CHOICE:
		if (!*text || (k->choices && !strv_has((char *const *)(uintptr_t)k->choices, text)))
			return refuse(k, text, err);
		*(const char **)member(c, k) = arena_strdup(&c->arena, text);
		return 0;
	case CONFIG_BOOL:
		if (!str_eq(text, "true") && !str_eq(text, "false"))
			return refuse(k, text, err);
		flag = str_eq(text, "true");
		*(bool *)member(c, k) = flag;
		return 0;
	default:
		return set_number(c, k, text, err);
	}
}

void config_set_list(struct config *c, const struct config_key *k, const char *const *texts,
		     size_t n)
{
	char **list = arena_calloc(&c->arena, n + 1, sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = arena_strdup(&c->arena, texts[i]);
	*(char ***)member(c, k) = list;
}

/* The number as it is best read back: in the largest unit that divides it. */
static const char *size_text(struct arena *a, int64_t v)
{
	static const char units[] = {0, 'k', 'm', 'g', 't'};
	size_t i = 0;

	while (i + 1 < sizeof(units) && v && v % 1024 == 0) {
		v /= 1024;
		i++;
	}
	return units[i] ? arena_printf(a, "%lld%c", (long long)v, units[i])
			: arena_printf(a, "%lld", (long long)v);
}

static const char *nano_text(struct arena *a, int64_t v)
{
	char *text = arena_printf(a, "%lld.%09lld", (long long)(v / 1000000000),
				  (long long)(v % 1000000000));

	for (size_t len = strlen(text); text[len - 1] == '0' || text[len - 1] == '.'; len--) {
		bool point = text[len - 1] == '.';

		text[len - 1] = '\0';
		if (point)
			break;
	}
	return text;
}

static const char *list_text(struct arena *a, char *const *list)
{
	_cleanup_free_ char *joined = strv_join(list, ", ");

	return arena_printf(a, "[%s]", joined);
}

const char *config_value_text(struct config *c, const struct config_key *k)
{
	const void *at = member(c, k);

	if (!c->origins[k - config_keys])
		return NULL;
	switch (k->kind) {
	case CONFIG_LIST:
		return list_text(&c->arena, *(char *const *const *)at);
	case CONFIG_BOOL:
		return *(const bool *)at ? "true" : "false";
	case CONFIG_INT:
		return arena_printf(&c->arena, "%lld", (long long)*(const int64_t *)at);
	case CONFIG_SIZE:
		return size_text(&c->arena, *(const int64_t *)at);
	case CONFIG_NANO:
		return nano_text(&c->arena, *(const int64_t *)at);
	case CONFIG_DURATION:
		return arena_printf(&c->arena, "%ss", nano_text(&c->arena, *(const int64_t *)at));
	default:
		return *(const char *const *)at;
	}
}
