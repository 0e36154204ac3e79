/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's results in words, and what they mean for whoever might try again. */
#include "registry/http_failure.h"

#include <string.h>

#include "base/strv.h"

/* How each of libcurl's common results is meant. */
static enum http_fault fault_of(const struct http_failure *f)
{
	switch (f->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return HTTP_FAULT_UNREACHABLE;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_FAULT_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_FAULT_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return HTTP_FAULT_UNTRUSTED;
	case CURLE_GOT_NOTHING:
	case CURLE_UNSUPPORTED_PROTOCOL: /* "HTTP/0.9": an answer without a head */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
		return HTTP_FAULT_NOT_HTTP;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_URL_MALFORMAT:
		return HTTP_FAULT_OURS;
	default:
		return HTTP_FAULT_CUT;
	}
}

/* libcurl's own words, as a part of ours: without what comes before the last ": " that it adds. */
static const char *detail(struct http_failure *f)
{
	const char *rest;

	for (char *c = f->detail; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	if (str_prefix(f->detail, "SSL certificate problem: ", &rest) ||
	    str_prefix(f->detail, "SSL: ", &rest))
		return rest;
	return f->detail[0] ? f->detail : f->generic;
}

static int word_untrusted(struct http_failure *f, struct err *err)
{
	if (f->result == CURLE_SSL_CACERT_BADFILE) {
		err_set(err, ERR_NETWORK,
			"'%s': no file of trusted certificates, so that nobody vouches for it",
			f->authority);
		return err_hint(err, "apt install ca-certificates, or set SSL_CERT_FILE");
	}
	err_set(err, ERR_NETWORK, "the certificate of '%s' is refused: %s", f->authority,
		detail(f));
	return err_hint(err, "--tls-verify=false takes any certificate; registries.insecure of "
			     "config.yaml does so for a host");
}

static int word_unreachable(struct http_failure *f, struct err *err)
{
	const char *of = f->by_proxy ? "the proxy for " : "";
	if (f->result == CURLE_COULDNT_CONNECT) {
		err_set(err, ERR_NETWORK, "%s'%s' can't be reached: %s", of, f->authority,
			f->sys ? strerror((int)f->sys) : "no address of it answers");
		if (err)
			err->sys = (int)f->sys;
	} else {
		err_set(err, ERR_NETWORK, "%s'%s' can't be found: its name has no address", of,
			f->authority);
	}
	if (f->by_proxy)
		return err_hint(err, "look at http_proxy, https_proxy and no_proxy");
	return err_hint(err, "check the registry's name and the network; onggi help registries");
}

/* The proxy answered CONNECT with something else than 200. */
static int word_proxy(struct http_failure *f, struct err *err)
{
	const long status = f->connect_status;

	err_set(err, ERR_NETWORK, "the proxy for '%s' makes no connection: it answers %ld%s",
		f->authority, status, status == 407 ? ", it wants a login" : "");
	return err_hint(err, "look at http_proxy, https_proxy and no_proxy");
}

static int word_tls(struct http_failure *f, struct err *err)
{
	if (!strstr(f->detail, "wrong version number") && !strstr(f->detail, "packet length"))
		return err_set(err, ERR_NETWORK, "TLS with '%s' failed: %s", f->authority,
			       detail(f));
	err_set(err, ERR_NETWORK, "'%s' doesn't speak TLS", f->authority);
	return err_hint(err, "plain HTTP is used with --tls-verify=false, or for hosts in "
			     "registries.insecure of config.yaml");
}

/* The connection stood, and then did not. */
static int word_cut(struct http_failure *f, struct err *err)
{
	if (f->result == CURLE_PARTIAL_FILE)
		return err_set(err, ERR_NETWORK, "the connection to '%s' was cut", f->authority);
	return err_set(err, ERR_NETWORK, "the connection to '%s' broke: %s", f->authority,
		       f->sys ? strerror((int)f->sys) : detail(f));
}

int http_failure_word(struct http_failure *f, enum http_fault *ret_fault, struct err *err)
{
	const long status = f->connect_status;

	if (f->refused) {
		*ret_fault = HTTP_FAULT_REFUSED;
		return err_set(err, ERR_NETWORK, "'%s': %s", f->authority, f->refused);
	}
	if (status && (status < 200 || status >= 300)) {
		*ret_fault = status == 403 || status == 407 ? HTTP_FAULT_REFUSED : HTTP_FAULT_CUT;
		return word_proxy(f, err);
	}
	*ret_fault = fault_of(f);
	switch (*ret_fault) {
	case HTTP_FAULT_UNREACHABLE:
		return word_unreachable(f, err);
	case HTTP_FAULT_UNTRUSTED:
		return word_untrusted(f, err);
	case HTTP_FAULT_TLS:
		return word_tls(f, err);
	case HTTP_FAULT_TIMEOUT:
		return err_set(err, ERR_NETWORK, "'%s' gave no connection within %lld s",
			       f->authority, (long long)(f->connect_timeout / 1000000000));
	case HTTP_FAULT_NOT_HTTP:
		return err_set(err, ERR_NETWORK, "'%s' %s", f->authority,
			       f->result == CURLE_GOT_NOTHING
				       ? "closed the connection without an answer"
				       : "doesn't answer in HTTP");
	case HTTP_FAULT_OURS:
		return err_set(err, ERR_UNSUPPORTED, "libcurl: %s", detail(f));
	default:
		return word_cut(f, err);
	}
}
