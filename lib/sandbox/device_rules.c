/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/device_rules.h"

#include "base/strv.h"

#define ANY (-1)

static const struct {
	const char *type;
	int64_t major, minor;
	const char *access;
} defaults[] = {
	{"c", ANY, ANY, "m"},	{"b", ANY, ANY, "m"}, {"c", 1, 3, "rwm"}, /* null */
	{"c", 1, 5, "rwm"},						  /* zero */
	{"c", 1, 7, "rwm"},						  /* full */
	{"c", 1, 8, "rwm"},						  /* random */
	{"c", 1, 9, "rwm"},						  /* urandom */
	{"c", 5, 0, "rwm"},						  /* tty */
	{"c", 5, 2, "rwm"},						  /* ptmx */
	{"c", 136, ANY, "rwm"},						  /* pts */
};

const struct spec_resources *device_rules_with_defaults(const struct spec_resources *r,
							struct arena *a)
{
	struct spec_resources *full;
	size_t n;

	if (!r || r->n_devices == 0)
		return r;
	full = arena_alloc(a, sizeof(*full));
	*full = *r;
	n = r->n_devices + ARRAY_SIZE(defaults);
	full->devices = arena_calloc(a, n, sizeof(*full->devices));
	for (size_t i = 0; i < r->n_devices; i++)
		full->devices[i] = r->devices[i];
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		struct spec_device_rule *rule = &full->devices[r->n_devices + i];

		rule->allow = true;
		rule->type = arena_strdup(a, defaults[i].type);
		rule->access = arena_strdup(a, defaults[i].access);
		if (defaults[i].major != ANY)
			rule->major = spec_int64(a, defaults[i].major);
		if (defaults[i].minor != ANY)
			rule->minor = spec_int64(a, defaults[i].minor);
	}
	full->n_devices = n;
	return full;
}
