/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/utf8.h"

#include "base/strv.h"

struct range {
	unsigned first, last;
};

static bool in_ranges(unsigned c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

unsigned utf8_decode(const char *s, size_t *ret_len)
{
	/* The least value of each length: a smaller one is an overlong form. */
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)s[0];
	size_t len = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	unsigned c = first;

	*ret_len = 1;
	if (len == 1)
		return c;
	if (first < 0xc2 || first > 0xf4)
		return UTF8_INVALID;
	c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)s[i];

		if ((next & 0xc0) != 0x80)
			return UTF8_INVALID;
		c = c << 6 | (next & 0x3fu);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return UTF8_INVALID;
	*ret_len = len;
	return c;
}

unsigned utf8_columns(unsigned c)
{
	static const struct range none[] = {
		{0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd}, {0x0610, 0x061a},
		{0x064b, 0x065f}, {0x0e31, 0x0e31},   {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
		{0x1160, 0x11ff}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff}, {0x200b, 0x200f},
		{0x20d0, 0x20ff}, {0x3099, 0x309a},   {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
		{0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
	};
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0x4dbf},   {0x4e00, 0xa4cf},
		{0xa960, 0xa97f},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},
		{0xff00, 0xff60},   {0xffe0, 0xffe6},	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
		{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};

	if (c < 0x300 || c == UTF8_INVALID)
		return 1;
	if (in_ranges(c, none, ARRAY_SIZE(none)))
		return 0;
	return in_ranges(c, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

bool utf8_is_control(unsigned c)
{
	static const struct range controls[] = {
		{0x00, 0x1f}, {0x7f, 0x9f}, {0x2028, 0x2029}, {0x202a, 0x202e}, {0x2066, 0x2069},
	};

	return in_ranges(c, controls, ARRAY_SIZE(controls));
}
