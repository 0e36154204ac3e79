/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is seen of a machine: plain facts without a word of judgement, so that tests can make any
 * machine they like.
 *
 * The struct has no pointers: each part is filled by a child process in shared memory, which is
 * given up when it takes too long (a file system or a bus that does not answer). What a part could
 * not find out keeps the value that says so: zeroed, "" or the -1 that its comment names. Texts
 * are cut to their size.
 */
#ifndef ONGGI_DOCTOR_OBSERVE_H
#define ONGGI_DOCTOR_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OBSERVE_PATH	    512
#define OBSERVE_TEXT	    256
#define OBSERVE_WORD	    64
#define OBSERVE_NOT_TRIED   (-1)
#define OBSERVE_UNKNOWN	    (-1)
#define OBSERVE_TIMEOUT_MS  4000
#define OBSERVE_FREE_ID_MIN 100000u /* where the ranges of useradd begin */

enum observe_part {
	OBSERVE_CONFIG,
	OBSERVE_HOST,
	OBSERVE_USER,
	OBSERVE_KERNEL,
	OBSERVE_IDS,
	OBSERVE_USERNS,
	OBSERVE_STORE,
	OBSERVE_RUN,
	OBSERVE_OVERLAY,
	OBSERVE_CGROUP,
	OBSERVE_BUS,
	OBSERVE_LIBRARIES,
	OBSERVE_DEVICES,
	OBSERVE_PARTS,
};

enum observe_state {
	OBSERVE_MISSING,   /* not begun */
	OBSERVE_DONE,	   /* seen */
	OBSERVE_TIMED_OUT, /* the child did not come back */
	OBSERVE_DIED,	   /* the child crashed */
	OBSERVE_NO_FORK,   /* no child could be made */
};

/* config.yaml and what it changes for the other parts. */
struct observe_config {
	char error[OBSERVE_TEXT * 2];		    /* "": it can be read */
	char data[OBSERVE_PATH], run[OBSERVE_PATH]; /* for --root and --runroot; "": not there */
};

/* The distribution, and where we are inside it. */
struct observe_host {
	char distribution[OBSERVE_WORD]; /* ID of os-release: "debian" */
	char like[OBSERVE_TEXT];	 /* its ID_LIKE: "rhel fedora" */
	bool systemd;			 /* it is the init system (/run/systemd/system) */
	bool grub;			 /* /etc/default/grub exists */
	bool container;			 /* inside another container */
	char container_kind[OBSERVE_WORD];
	bool chroot;		    /* "/" is no mount: a chroot for certain */
	char program[OBSERVE_PATH]; /* our own file */
	int64_t now;		    /* seconds since 1970 */
};

struct observe_user {
	uid_t uid;
	gid_t gid;
	char name[OBSERVE_WORD];      /* "" when it has none */
	char home[OBSERVE_PATH];      /* of the user database */
	bool local;		      /* stands in /etc/passwd */
	bool rootless;		      /* sandbox_host.rootless */
	bool no_new_privs;	      /* setuid programs give nothing */
	int seccomp;		      /* mode of the filter that we run under, OBSERVE_UNKNOWN */
	char apparmor[OBSERVE_TEXT];  /* our profile, "" without AppArmor */
	uint64_t effective, bounding; /* capabilities */
	uint64_t nofile_soft, nofile_hard, nproc_soft, memlock_soft; /* UINT64_MAX: unlimited */
	bool can_fork;
};

/* A system call of interest, and what the kernel said to a harmless use of it. */
enum observe_call {
	OBSERVE_OPENAT2,
	OBSERVE_CLONE3,
	OBSERVE_PIDFD_OPEN,
	OBSERVE_CLOSE_RANGE,
	/* In the order of enum mount_call. */
	OBSERVE_FSOPEN,
	OBSERVE_FSCONFIG,
	OBSERVE_FSMOUNT,
	OBSERVE_OPEN_TREE,
	OBSERVE_MOVE_MOUNT,
	OBSERVE_MOUNT_SETATTR,
	OBSERVE_SECCOMP,
	OBSERVE_CALLS,
};

struct observe_kernel {
	char release[OBSERVE_WORD + 2];
	unsigned major, minor;
	char machine[OBSERVE_WORD + 2];
	int errors[OBSERVE_CALLS]; /* errno that means "missing or forbidden", 0: it is there */
};

/* One of /etc/subuid and /etc/subgid. */
struct observe_subids {
	bool exists;
	int read_errno;
	uint64_t count;		  /* ids of this user */
	uint32_t start;		  /* of its first range */
	uint32_t free;		  /* begin of 65536 ids that nobody has; 0: there are none */
	char other[OBSERVE_WORD]; /* who has a range that overlaps one of ours; "" nobody */
	uint32_t other_start, other_count;   /* that range */
	uint32_t shared_start, shared_count; /* ours */
};

/* newuidmap or newgidmap. */
struct observe_helper {
	char path[OBSERVE_PATH]; /* "": not installed */
	bool root_owned, setuid, file_caps, nosuid;
	char mount[OBSERVE_PATH]; /* mount point that it lies on, where that is nosuid */
};

struct observe_ids {
	struct observe_subids uid, gid;
	char name_service[OBSERVE_WORD]; /* of "subid" in nsswitch.conf; "" is files */
	struct observe_helper newuidmap, newgidmap;
	int map_errno; /* OBSERVE_NOT_TRIED, 0 done, else it failed */
	char map_error[OBSERVE_TEXT];
};

/* Making a user namespace step by step: errno of each, OBSERVE_NOT_TRIED behind a failure. */
struct observe_userns {
	int clone_errno;
	int map_errno;
	int spaces_errno; /* mount and pid namespace in it */
	int mount_errno;  /* a tmpfs in it */
	int proc_errno;	  /* /proc in it */
	int64_t max;	  /* user.max_user_namespaces, OBSERVE_UNKNOWN */
	int64_t debian;	  /* kernel.unprivileged_userns_clone, OBSERVE_UNKNOWN */
	int64_t apparmor; /* kernel.apparmor_restrict_unprivileged_userns, OBSERVE_UNKNOWN */
	bool built;	  /* /proc/self/ns/user exists */
};

/* Space and inodes of a file system. */
struct observe_space {
	bool known;
	uint64_t size, free;	      /* bytes, for this user */
	uint64_t inodes, free_inodes; /* inodes 0: made as they are needed */
};

struct observe_store {
	char path[OBSERVE_PATH]; /* $DATA; "": there is none, see path_error */
	char path_error[OBSERVE_TEXT];
	bool given;		 /* by --root */
	bool by_xdg;		 /* by XDG_DATA_HOME */
	char home[OBSERVE_PATH]; /* HOME; "": not set */
	bool home_exists;
	uid_t home_owner;
	char existing[OBSERVE_PATH]; /* $DATA, or its nearest directory that exists */
	uid_t existing_owner;
	int write_errno;	  /* of making and writing a file there; OBSERVE_NOT_TRIED */
	char type[OBSERVE_WORD];  /* "ext4", as in mountinfo */
	char mount[OBSERVE_PATH]; /* mount point; "" unknown */
	bool readonly, noexec, nosuid, nodev;
	bool user_xattrs; /* layers need user.* rather than trusted.* */
	int xattr_errno;  /* of the attributes that layers need; OBSERVE_NOT_TRIED */
	int d_type;	  /* 1, 0 no, OBSERVE_UNKNOWN */
	struct observe_space space;
	int64_t newest;			 /* newest time in the store, 0: none */
	bool has_images;		 /* $DATA/images exists */
	char images_error[OBSERVE_TEXT]; /* what is wrong at first sight; "" nothing */
};

enum observe_xdg {
	OBSERVE_XDG_UNUSED, /* root, or --runroot */
	OBSERVE_XDG_GOOD,
	OBSERVE_XDG_UNSET,
	OBSERVE_XDG_RELATIVE,
	OBSERVE_XDG_ABSENT,  /* names no directory */
	OBSERVE_XDG_FOREIGN, /* belongs to somebody else */
};

struct observe_run {
	char path[OBSERVE_PATH]; /* $RUN */
	char xdg[OBSERVE_PATH];
	enum observe_xdg xdg_state;
	uid_t xdg_owner;
	bool in_tmp; /* the fallback */
	bool exists;
	uid_t owner; /* where it exists */
	unsigned mode;
	int write_errno; /* OBSERVE_NOT_TRIED */
	bool usual;	 /* /run/user/UID exists and is ours */
	struct observe_space space;
};

struct observe_overlay {
	int error;		 /* errno; OBSERVE_NOT_TRIED, 0 it works */
	char step[OBSERVE_WORD]; /* "mount", "write", "remove" */
	char text[OBSERVE_TEXT];
};

enum observe_layout {
	OBSERVE_CGROUP_NONE,
	OBSERVE_CGROUP_V1,
	OBSERVE_CGROUP_HYBRID,
	OBSERVE_CGROUP_V2,
};

struct observe_cgroup {
	enum observe_layout layout;
	bool usable; /* a container can have one */
	bool by_systemd;
	char controllers[OBSERVE_TEXT]; /* that can limit containers: " cpu memory " */
	char why[OBSERVE_TEXT];
	char mend[OBSERVE_PATH];
	bool delegation; /* the mend is to let systemd delegate more */
};

/* The user's systemd. */
struct observe_bus {
	bool manager; /* it runs */
	char address[OBSERVE_PATH];
	int connect_errno; /* OBSERVE_NOT_TRIED, 0 it answers */
	bool linger;
};

enum observe_library {
	OBSERVE_LIBCRYPTO,
	OBSERVE_LIBCURL,
	OBSERVE_LIBISAL,
	OBSERVE_LIBSLIRP,
	OBSERVE_LIBSYSTEMD,
	OBSERVE_LIBRARY_COUNT,
};

struct observe_libraries {
	struct {
		bool found;
		char error[OBSERVE_TEXT];
	} library[OBSERVE_LIBRARY_COUNT];
	char pasta[OBSERVE_PATH]; /* "": not installed */
};

struct observe_devices {
	int tun_errno; /* of opening /dev/net/tun */
	bool tun_exists;
	unsigned tun_mode;
	bool binfmt;		      /* binfmt_misc is mounted */
	char emulators[OBSERVE_TEXT]; /* enabled ones: "qemu-aarch64 qemu-arm" */
};

struct observations {
	enum observe_state state[OBSERVE_PARTS];
	struct observe_config config;
	struct observe_host host;
	struct observe_user user;
	struct observe_kernel kernel;
	struct observe_ids ids;
	struct observe_userns userns;
	struct observe_store store;
	struct observe_run run;
	struct observe_overlay overlay;
	struct observe_cgroup cgroup;
	struct observe_bus bus;
	struct observe_libraries libraries;
	struct observe_devices devices;
};

/*
 * Look at this machine. Never fails and never hangs: each part has a child and a limit of
 * OBSERVE_TIMEOUT_MS.
 *
 * data, run  of --root and --runroot; NULL: as configured, else the defaults
 * ret        filled; `state` says which parts were seen
 */
void observe(const char *data, const char *run, struct observations *ret);

#endif
