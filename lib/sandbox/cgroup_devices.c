/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device policy. v1 has files for it; v2 wants a BPF program of type CGROUP_DEVICE, which is
 * generated here: rules are tried from the last to the first, since later rules override earlier
 *ones.
 *
 * The program carries the set of accesses that are still to be decided. An allowing rule takes its
 * accesses out of the set, and an empty set is allowed; a denying rule that meets the set denies.
 *So "allow r" and "allow w" together allow an open for both, as v1 does. What no rule decides is
 *denied.
 *
 *	r2 type   r3 accesses   r4 major   r5 minor
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

#define ACCESS_ALL (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
#define TYPE_ANY   0u
#define NUMBER_ANY (-1)
#define NUMBER_MAX ((int64_t)1 << 20) /* the kernel's minor numbers have 20 bits, majors 12 */

struct rule {
	bool allow;
	uint32_t type; /* BPF_DEVCG_DEV_*, or TYPE_ANY */
	int64_t major, minor;
	uint32_t access;
};

static int rule_number(const int64_t *n, const char *what, int64_t *ret, struct err *err)
{
	if (!n || *n == -1) {
		*ret = NUMBER_ANY;
		return 0;
	}
	if (*n < 0 || *n >= NUMBER_MAX)
		return err_set(err, ERR_INVALID, "device rule: %s %" PRId64 " is out of range",
			       what, *n);
	*ret = *n;
	return 0;
}

static int rule_access(const char *s, uint32_t *ret, struct err *err)
{
	uint32_t a = 0;

	if (str_empty(s)) {
		*ret = ACCESS_ALL;
		return 0;
	}
	for (const char *p = s; *p; p++) {
		if (*p == 'r')
			a |= BPF_DEVCG_ACC_READ;
		else if (*p == 'w')
			a |= BPF_DEVCG_ACC_WRITE;
		else if (*p == 'm')
			a |= BPF_DEVCG_ACC_MKNOD;
		else
			return err_set(err, ERR_INVALID,
				       "device rule: access '%s'; expected letters of rwm", s);
	}
	*ret = a;
	return 0;
}

static int rule_from(const struct spec_device_rule *r, struct rule *ret, struct err *err)
{
	struct rule o = {.allow = r->allow};
	const char *type = r->type;

	if (str_empty(type) || str_eq(type, "a"))
		o.type = TYPE_ANY;
	else if (str_eq(type, "c") || str_eq(type, "u"))
		o.type = BPF_DEVCG_DEV_CHAR;
	else if (str_eq(type, "b"))
		o.type = BPF_DEVCG_DEV_BLOCK;
	else
		return err_set(err, ERR_INVALID, "device rule: type '%s'; expected a, b or c",
			       type);
	if (rule_number(r->major, "major", &o.major, err) < 0 ||
	    rule_number(r->minor, "minor", &o.minor, err) < 0 ||
	    rule_access(r->access, &o.access, err) < 0)
		return -1;
	*ret = o;
	return 0;
}

static bool rule_is_total(const struct rule *r)
{
	return r->type == TYPE_ANY && r->major == NUMBER_ANY && r->minor == NUMBER_ANY &&
	       r->access == ACCESS_ALL;
}

bool cgroup_devices_allow_all(const struct spec_device_rule *rules, size_t n)
{
	struct rule r;

	return n > 0 && rule_from(&rules[n - 1], &r, NULL) == 0 && r.allow && rule_is_total(&r);
}

static void add_number(struct buf *line, int64_t n)
{
	if (n == NUMBER_ANY)
		buf_addc(line, '*');
	else
		buf_addf(line, "%" PRId64, n);
}

/* The two files stay open for all rules: one write is one rule. */
struct v1_files {
	const char *dir;
	int fd[2]; /* of devices.deny, devices.allow */
};

static int v1_write(const struct v1_files *f, bool allow, const char *line, struct err *err)
{
	size_t len = strlen(line);

	if (write(f->fd[allow], line, len) == (ssize_t)len)
		return 0;
	return err_sys(err, "write '%s' to %s/devices.%s", line, f->dir, allow ? "allow" : "deny");
}

static int v1_line(const struct v1_files *f, const struct rule *r, char type, struct err *err)
{
	_cleanup_(buf) struct buf line = BUF_INIT;

	buf_addf(&line, "%c ", type);
	add_number(&line, r->major);
	buf_addc(&line, ':');
	add_number(&line, r->minor);
	buf_addf(&line, " %s%s%s", r->access & BPF_DEVCG_ACC_READ ? "r" : "",
		 r->access & BPF_DEVCG_ACC_WRITE ? "w" : "",
		 r->access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
	return v1_write(f, r->allow, buf_str(&line), err);
}

static int v1_rules(const struct v1_files *f, const struct spec_device_rule *rules, size_t n,
		    struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct rule r;

		if (rule_from(&rules[i], &r, err) < 0)
			return -1;
		if (rule_is_total(&r)) {
			if (v1_write(f, r.allow, "a", err) < 0)
				return -1;
			continue;
		}
		/* Rules begin with what is denied, as in v2: a new group of v1 allows all. */
		if (i == 0 && v1_write(f, false, "a", err) < 0)
			return -1;
		if (r.type != BPF_DEVCG_DEV_BLOCK && v1_line(f, &r, 'c', err) < 0)
			return -1;
		if (r.type != BPF_DEVCG_DEV_CHAR && v1_line(f, &r, 'b', err) < 0)
			return -1;
	}
	return 0;
}

static int v1_open(const char *dir, const char *file, struct err *err)
{
	_cleanup_free_ char *path = path_join(dir, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "open '%s'", path) : fd;
}

int cgroup_devices_v1(const char *dir, const struct spec_device_rule *rules, size_t n,
		      struct err *err)
{
	_cleanup_fd_ int deny = v1_open(dir, "devices.deny", err);
	_cleanup_fd_ int allow = deny < 0 ? -1 : v1_open(dir, "devices.allow", err);
	struct v1_files f = {.dir = dir, .fd = {deny, allow}};

	return allow < 0 ? -1 : v1_rules(&f, rules, n, err);
}

enum { R0, R1, R2, R3, R4, R5 };

static struct bpf_insn insn(unsigned code, unsigned dst, unsigned src, int off, int imm)
{
	return (struct bpf_insn){.code = (__u8)code,
				 .dst_reg = (__u8)(dst & 15),
				 .src_reg = (__u8)(src & 15),
				 .off = (__s16)off,
				 .imm = imm};
}

struct block {
	struct bpf_insn v[16];
	size_t n;
};

static void emit(struct block *b, struct bpf_insn i)
{
	b->v[b->n++] = i;
}

/* r0 = verdict; exit */
static void emit_return(struct block *b, int verdict)
{
	emit(b, insn(BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, verdict));
	emit(b, insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

/* Conditions jump to the end of the block, the next rule; the offset is mended there. */
static void emit_unless_equal(struct block *b, unsigned reg, int64_t value)
{
	emit(b, insn(BPF_JMP | BPF_JNE | BPF_K, reg, 0, -1, (int)value));
}

static void block_from_rule(const struct rule *r, struct block *b)
{
	if (r->type != TYPE_ANY)
		emit_unless_equal(b, R2, r->type);
	if (r->major != NUMBER_ANY)
		emit_unless_equal(b, R4, r->major);
	if (r->minor != NUMBER_ANY)
		emit_unless_equal(b, R5, r->minor);
	if (r->access != ACCESS_ALL && r->allow) {
		emit(b,
		     insn(BPF_ALU64 | BPF_AND | BPF_K, R3, 0, 0, (int)(ACCESS_ALL & ~r->access)));
		emit_unless_equal(b, R3, 0);
	} else if (r->access != ACCESS_ALL) {
		emit(b, insn(BPF_JMP | BPF_JSET | BPF_K, R3, 0, 1, (int)r->access));
		emit(b, insn(BPF_JMP | BPF_JA, 0, 0, -1, 0));
	}
	emit_return(b, r->allow);
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].off == -1)
			b->v[i].off = (__s16)(b->n - i - 1);
}

int cgroup_devices_bpf(const struct spec_device_rule *rules, size_t n, struct buf *ret,
		       struct err *err)
{
	struct block head = {.n = 0}, tail = {.n = 0};

	if (n > CGROUP_MAX_DEVICE_RULES)
		return err_set(err, ERR_LIMIT, "%zu device rules; at most %d", n,
			       CGROUP_MAX_DEVICE_RULES);
	emit(&head, insn(BPF_LDX | BPF_MEM | BPF_W, R2, R1,
			 offsetof(struct bpf_cgroup_dev_ctx, access_type), 0));
	emit(&head, insn(BPF_ALU64 | BPF_MOV | BPF_X, R3, R2, 0, 0));
	emit(&head, insn(BPF_ALU64 | BPF_AND | BPF_K, R2, 0, 0, 0xffff));
	emit(&head, insn(BPF_ALU64 | BPF_RSH | BPF_K, R3, 0, 0, 16));
	emit(&head, insn(BPF_LDX | BPF_MEM | BPF_W, R4, R1,
			 offsetof(struct bpf_cgroup_dev_ctx, major), 0));
	emit(&head, insn(BPF_LDX | BPF_MEM | BPF_W, R5, R1,
			 offsetof(struct bpf_cgroup_dev_ctx, minor), 0));
	buf_add(ret, head.v, head.n * sizeof(head.v[0]));
	for (size_t i = n; i > 0; i--) {
		struct block b = {.n = 0};
		struct rule r;

		if (rule_from(&rules[i - 1], &r, err) < 0)
			return -1;
		block_from_rule(&r, &b);
		buf_add(ret, b.v, b.n * sizeof(b.v[0]));
		if (rule_is_total(&r)) /* the verifier refuses what can't be reached */
			return 0;
	}
	emit_return(&tail, 0);
	buf_add(ret, tail.v, tail.n * sizeof(tail.v[0]));
	return 0;
}

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

int cgroup_devices_v2(int dir_fd, const struct spec_device_rule *rules, size_t n, struct err *err)
{
	static const char license[] = "Apache-2.0";
	_cleanup_(buf) struct buf prog = BUF_INIT;
	_cleanup_fd_ int fd = -1;
	union bpf_attr attr;

	if (cgroup_devices_bpf(rules, n, &prog, err) < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (__u64)(uintptr_t)prog.data;
	attr.insn_cnt = (__u32)(prog.len / sizeof(struct bpf_insn));
	attr.license = (__u64)(uintptr_t)license;
	str_copy(attr.prog_name, sizeof(attr.prog_name), "onggi_devices");
	fd = sys_bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return err_sys(err, "load the device policy (%u instructions)",
			       (unsigned)(prog.len / sizeof(struct bpf_insn)));
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (__u32)dir_fd;
	attr.attach_bpf_fd = (__u32)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (sys_bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_sys(err, "attach the device policy");
	return 0;
}
