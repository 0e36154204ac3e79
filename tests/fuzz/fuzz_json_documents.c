/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of document is read out of the same bytes. One that is accepted is written in a form
 * that is accepted too and is written the same again.
 */
#include <string.h>

#include "fuzz.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/runtime_spec.h"

/* parse, write, parse, write: both texts are equal. */
#define ROUND_TRIP(type, text, size)                                                               \
	do {                                                                                       \
		_cleanup_(buf) struct buf first_ = BUF_INIT;                                       \
		_cleanup_(buf) struct buf second_ = BUF_INIT;                                      \
		_cleanup_(type) struct type a_ = {.arena = ARENA_INIT};                            \
		_cleanup_(type) struct type b_ = {.arena = ARENA_INIT};                            \
		struct err err_ = ERR_INIT;                                                        \
		if (type##_parse((text), (size), #type, &a_, &err_) < 0) {                         \
			FUZZ_CHECK(err_.kind != ERR_NONE && err_.text[0]);                         \
			break;                                                                     \
		}                                                                                  \
		type##_write(&a_, &first_);                                                        \
		FUZZ_CHECK(type##_parse(buf_str(&first_), first_.len, #type, &b_, &err_) == 0);    \
		type##_write(&b_, &second_);                                                       \
		FUZZ_CHECK(strcmp(buf_str(&first_), buf_str(&second_)) == 0);                      \
	} while (0)

static bool keep_every(const char *element, size_t len, const void *data)
{
	(void)data;
	FUZZ_CHECK(element && len > 0);
	return true;
}

/* An index from which nothing was left out says the same. */
static void filter(const char *text, size_t size)
{
	_cleanup_(buf) struct buf kept = BUF_INIT, first = BUF_INIT, second = BUF_INIT;
	_cleanup_(image_index) struct image_index a = {.arena = ARENA_INIT};
	_cleanup_(image_index) struct image_index b = {.arena = ARENA_INIT};

	if (!json_filter(text, size, "manifests", keep_every, NULL, &kept) ||
	    image_index_parse(text, size, "index", &a, NULL) < 0)
		return;
	FUZZ_CHECK(image_index_parse(buf_str(&kept), kept.len, "index", &b, NULL) == 0);
	image_index_write(&a, &first);
	image_index_write(&b, &second);
	FUZZ_CHECK(strcmp(buf_str(&first), buf_str(&second)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	ROUND_TRIP(manifest, text, size);
	ROUND_TRIP(image_index, text, size);
	ROUND_TRIP(image_config, text, size);
	ROUND_TRIP(runtime_spec, text, size);
	filter(text, size);
	return 0;
}
