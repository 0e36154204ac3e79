/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "oci/manifest.h"

static const struct {
	const char *name;
	enum media_kind kind;
	enum compression compression;
} media_types[] = {
	{MEDIA_OCI_INDEX, MEDIA_INDEX, COMPRESSION_NONE},
	{MEDIA_DOCKER_LIST, MEDIA_INDEX, COMPRESSION_NONE},
	{MEDIA_OCI_MANIFEST, MEDIA_MANIFEST, COMPRESSION_NONE},
	{MEDIA_DOCKER_MANIFEST, MEDIA_MANIFEST, COMPRESSION_NONE},
	{MEDIA_OCI_CONFIG, MEDIA_CONFIG, COMPRESSION_NONE},
	{MEDIA_DOCKER_CONFIG, MEDIA_CONFIG, COMPRESSION_NONE},
	{MEDIA_OCI_LAYER, MEDIA_LAYER, COMPRESSION_NONE},
	{MEDIA_OCI_LAYER_GZIP, MEDIA_LAYER, COMPRESSION_GZIP},
	{MEDIA_OCI_LAYER_ZSTD, MEDIA_LAYER, COMPRESSION_ZSTD},
	{MEDIA_DOCKER_LAYER, MEDIA_LAYER, COMPRESSION_NONE},
	{MEDIA_DOCKER_LAYER_GZIP, MEDIA_LAYER, COMPRESSION_GZIP},
	{"application/vnd.docker.image.rootfs.diff.tar.zstd", MEDIA_LAYER, COMPRESSION_ZSTD},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_NONE},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_GZIP},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_ZSTD},
	{"application/vnd.docker.image.rootfs.foreign.diff.tar", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_NONE},
	{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER_FOREIGN,
	 COMPRESSION_GZIP},
};

enum media_kind media_kind(const char *media_type, enum compression *ret_c)
{
	for (size_t i = 0; media_type && i < ARRAY_SIZE(media_types); i++) {
		if (strcmp(media_type, media_types[i].name) != 0)
			continue;
		if (ret_c)
			*ret_c = media_types[i].compression;
		return media_types[i].kind;
	}
	return MEDIA_UNKNOWN;
}
