/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strv.h"

void hex_encode(const void *data, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

bool hex_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	return true;
}

void id_random(char ret[ID_LEN + 1])
{
	unsigned char bytes[ID_LEN / 2];

	/* The short form becomes a host name, which must not look like a number. */
	do {
		arc4random_buf(bytes, sizeof(bytes));
		hex_encode(bytes, sizeof(bytes), ret);
	} while (strspn(ret, "0123456789") >= ID_SHORT_LEN);
}

static const char *const adjectives[] = {
	"airy",	    "amber",	"ample",   "ashen",   "balanced", "brave",   "bright",	 "brisk",
	"calm",	    "careful",	"celadon", "clayey",  "coiled",	  "cool",    "crackled", "crisp",
	"curved",   "deft",	"earthen", "elastic", "fired",	  "fluted",  "frugal",	 "gentle",
	"glazed",   "graceful", "hardy",   "hollow",  "humble",	  "jade",    "kindled",	 "lean",
	"level",    "light",	"lucid",   "mellow",  "modest",	  "nimble",  "painted",	 "patient",
	"plain",    "porous",	"precise", "quiet",   "robust",	  "rounded", "rugged",	 "rustic",
	"sealed",   "slender",	"smoky",   "smooth",  "speckled", "stable",  "sturdy",	 "sunny",
	"tempered", "tidy",	"turned",  "upright", "vaulted",  "warm",
};

static const char *const nouns[] = {
	"anvil",   "arch",    "ash",	   "axle",     "bamboo",   "beam",	"bearing",
	"bellows", "bolt",    "bowl",	   "brick",    "bridge",   "buncheong", "busan",
	"cam",	   "clay",    "cog",	   "crane",    "daegu",	   "dancheong", "dolmen",
	"engine",  "ferry",   "flywheel",  "forge",    "ganghwa",  "gayageum",	"gear",
	"ginkgo",  "girder",  "glaze",	   "gyeongju", "hallasan", "hangari",	"hanok",
	"hinge",   "jangdok", "janggu",	   "jar",      "jeju",	   "jeonju",	"kiln",
	"ladle",   "lathe",   "lever",	   "lid",      "magpie",   "mill",	"moonjar",
	"ondol",   "pagoda",  "persimmon", "pinion",   "piston",   "pulley",	"rivet",
	"seorak",  "spindle", "spring",	   "teacup",   "truss",	   "turbine",	"valve",
	"wheel",
};

char *name_random(void)
{
	uint32_t r[2];

	arc4random_buf(r, sizeof(r));
	return xasprintf("%s_%s", adjectives[r[0] % ARRAY_SIZE(adjectives)],
			 nouns[r[1] % ARRAY_SIZE(nouns)]);
}
