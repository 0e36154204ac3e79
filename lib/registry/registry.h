/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registries: the client's part of the distribution protocol (distribution-spec v1.1), over HTTP by
 * libcurl, which is opened at first use.
 *
 * A request that fails in a way that may pass (a broken connection, 429, 5xx) is repeated with
 * growing pauses; a blob goes on where it was cut. Nothing here trusts a registry: sizes are
 * bounded, and whoever reads a blob compares its digest. Credentials never go to another host than
 * the one that they are for; redirects go from HTTPS to HTTPS only.
 */
#ifndef ONGGI_REGISTRY_REGISTRY_H
#define ONGGI_REGISTRY_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "codec/stream.h"
#include "oci/digest.h"
#include "oci/reference.h"

#define REGISTRY_MEDIA_TYPE_MAX 128

struct registry_options {
	/*
	 * strv of "HOST[:PORT]" that may be reached by plain HTTP, or by TLS with a certificate
	 * that nobody vouches for; NULL: none. Loopback addresses always may use plain HTTP.
	 */
	char *const *insecure;
	bool tls_verify_off;	   /* --tls-verify=false: as if the host were in `insecure` */
	unsigned retries;	   /* of one request that makes no progress; 0: none */
	int64_t retry_delay;	   /* nanoseconds before the first, doubled each time; 0: 1 s */
	const atomic_bool *cancel; /* set by a signal handler: everything ends soon with
				      ERR_CANCELLED; NULL: never. Borrowed */
	/* Told before each repetition, from any thread; NULL: nobody. */
	void (*note)(void *arg, const char *text);
	void *note_arg;
};

struct registry; /* one repository of one registry; all functions may be called by several threads
		  */

/*
 * Make ready to talk about a repository; nothing is sent yet.
 *
 * ref   domain and path count
 * o     borrowed, NULL: the defaults (5 retries)
 * Errors: ERR_UNSUPPORTED where libcurl is not installed
 */
int registry_open(const struct reference *ref, const struct registry_options *o,
		  struct registry **ret, struct err *err);
/* Release; no source of its blobs may be in use. NULL is accepted. */
void registry_free(struct registry *r);
DEFINE_CLEANUP(registry, registry_free)

struct registry_manifest {
	struct buf text; /* the document, byte by byte as it came */
	char media_type[REGISTRY_MEDIA_TYPE_MAX];
	struct digest digest; /* computed from text; equal to the digest that was asked for */
};
/* Release; zeroed ones are accepted. */
void registry_manifest_done(struct registry_manifest *m);
DEFINE_CLEANUP_VALUE(registry_manifest, registry_manifest_done)

/*
 * Fetch a manifest or an index, whichever the registry has (distribution-spec, "Pulling
 * manifests").
 *
 * tag, d   one of them; d wins. At most INDEX_MAX_SIZE bytes
 * Errors: ERR_NOT_FOUND "no such image: …" where the repository or tag does not exist; ERR_DENIED
 * where it wants a login; ERR_CORRUPT when the digest differs; ERR_NETWORK naming the host
 */
int registry_manifest_get(struct registry *r, const char *tag, const struct digest *d,
			  struct registry_manifest *ret, struct err *err);
/*
 * Ask for the digest that a tag has now, without the document where the registry tells it in a
 * header. Errors: as above.
 */
int registry_manifest_head(struct registry *r, const char *tag, struct digest *ret,
			   struct err *err);
/*
 * A blob's bytes as a source, fetched while it is read and continued by range requests when the
 * connection breaks. It gives exactly size bytes or fails; the digest is the reader's affair.
 * The registry must outlive it. Errors of read: ERR_NETWORK, ERR_CORRUPT (length), ERR_CANCELLED.
 */
int registry_blob_open(struct registry *r, const struct digest *d, uint64_t size,
		       struct source **ret, struct err *err);
/* All tags, sorted as the registry does; strv. At most 100000. */
int registry_tags(struct registry *r, char ***ret, struct err *err);

#endif
