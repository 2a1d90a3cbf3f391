/* fakev4l2.c - one V4L2 capture device that exists only inside a process.
 *
 * Test fixture for webcam code on machines with no camera, no v4l2loopback and
 * no CUSE.  Preloaded into a program, it makes /dev/video0 appear, and answers
 * for it in user space.  Nothing else the program opens is touched.
 *
 *   cc -O2 -Wall -Wextra -shared -fPIC -pthread -o libfakev4l2.so fakev4l2.c
 *   LD_PRELOAD=$PWD/libfakev4l2.so FAKEV4L2_YUYV=clip.yuyv program
 *
 * Settings, all from the environment:
 *   FAKEV4L2_YUYV=file   raw YUYV frames, one after another; played in a loop.
 *                        Without it a moving pattern is drawn, whose top line
 *                        carries the frame number (see draw_pattern).
 *   FAKEV4L2_MJPEG=file  JPEG images, one after another: offers MJPG as well.
 *   FAKEV4L2_SIZE=640x480   size of the frames in those files (multiples of 4)
 *   FAKEV4L2_FPS=30         frames a second (half of it is offered too)
 *   FAKEV4L2_INDEX=0        the N of /dev/videoN
 *   FAKEV4L2_NAME=text      the camera's name
 *   FAKEV4L2_UNPLUG_AFTER=N pull the plug once N frames were delivered
 *   FAKEV4L2_REPLUG_MS=M    ... and plug it in again M ms later
 *   FAKEV4L2_STALL_AFTER=N  deliver N frames, then none, with no error
 *   FAKEV4L2_STALL_MS=M     ... for M ms; without it, for good
 *   FAKEV4L2_GATE=file      plugged in only while that file exists, so that a
 *                           test can plug and unplug at a moment of its choice
 *   FAKEV4L2_LOG=1          log calls to standard error
 *
 * How it works.  The descriptor handed out is the read end of a pipe; a
 * producer thread writes one byte to it for each frame it completes and VIDIOC_
 * DQBUF reads one byte.  So poll, select, epoll and blocking or non-blocking
 * waits are the kernel's own and need no emulation, and closing the write end
 * (POLLHUP) is the unplugging.  Frame buffers live in a memfd, which mmap() of
 * the device maps instead.  Interposed are: open and its relatives, close,
 * ioctl, syscall (the v4l crate calls SYS_ioctl through it), mmap, opendir,
 * readdir, closedir, stat and its relatives, access, fopen.  Two sysfs files are
 * served too: the camera's name, and the uevent by which v4l2-ctl knows a camera.
 *
 * Only MMAP streaming is emulated; read(), USERPTR and DMABUF are refused.
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_FD 4096
#define MAX_BUFFERS 32
#define VIDEO_MAJOR 81
#define EXPORT __attribute__((visibility("default")))

/* ---- the functions we stand in front of ---- */

typedef int stat_fn(const char *, struct stat *);
typedef int fstat_fn(int, struct stat *);

static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static int (*real_ioctl)(int, unsigned long, ...);
static long (*real_syscall)(long, ...);
static void *(*real_mmap)(void *, size_t, int, int, int, off_t);
static DIR *(*real_opendir)(const char *);
static int (*real_closedir)(DIR *);
static struct dirent *(*real_readdir)(DIR *);
static stat_fn *real_stat, *real_lstat;
static fstat_fn *real_fstat;
static int (*real_statx)(int, const char *, int, unsigned, struct statx *);
static int (*real_access)(const char *, int);
static FILE *(*real_fopen)(const char *, const char *);
static FILE *(*real_fopen64)(const char *, const char *);
static struct dirent64 *(*real_readdir64)(DIR *);

static void resolve(void)
{
#define NEXT(f) (*(void **)(&real_##f) = dlsym(RTLD_NEXT, #f))
    NEXT(syscall); NEXT(openat); NEXT(close); NEXT(ioctl); NEXT(mmap);
    NEXT(stat); NEXT(lstat); NEXT(fstat); NEXT(statx); NEXT(access);
    NEXT(fopen); NEXT(fopen64);
    NEXT(opendir); NEXT(closedir); NEXT(readdir); NEXT(readdir64);
#undef NEXT
}
/* Another library's constructor may call us before our own has run. */
#define READY() do { if (!real_readdir64) resolve(); } while (0)

/* ---- settings and the device ---- */

struct clip {
    const uint8_t *data;
    size_t size, frames, *start; /* start[frames] is the end of the last one */
};

static struct {
    unsigned width, height, fps, index;
    long unplug_after, replug_ms, stall_after, stall_ms;
    const char *name, *gate;
    bool log;
    char node[32], sysfs_name[64], sysfs_uevent[64], uevent[64];
    struct clip yuyv, mjpeg;
} dev;

static pthread_mutex_t device_lock = PTHREAD_MUTEX_INITIALIZER;
static long delivered;       /* frames, over all streams */
static int64_t unplugged_at; /* 0: was never unplugged by the frame count */
static int64_t stalled_at;   /* 0: has not stalled yet */
static int brightness = 128;

struct buffer {
    enum { DEQUEUED, QUEUED, DONE } state;
    uint32_t bytes, sequence;
    struct timeval stamp;
};

struct handle { /* one open() of the device */
    pthread_mutex_t lock;
    int ready_wr;         /* write end of the pipe; -1 once unplugged */
    int memfd;
    uint8_t *mem;
    size_t buffer_size;   /* one buffer, in whole pages */
    unsigned buffers;
    struct buffer buffer[MAX_BUFFERS];
    unsigned fifo[2][MAX_BUFFERS], head[2], count[2]; /* [0] queued, [1] done */
    bool streaming, gone;
    pthread_t producer;
};

/* What is being captured: one setting, shared by all who have the device open.
 * It cannot change while buffers are held, so the producer reads it freely. */
static struct { uint32_t pixelformat; unsigned width, height, fps; } now;

static struct handle *handles[MAX_FD];
static struct handle *owner; /* the handle that holds the buffers */

struct listing { DIR *dir; bool done; };
static struct listing listings[16];

#define LOG(...) do { if (dev.log) { fprintf(stderr, "fakev4l2: " __VA_ARGS__); \
                                     fputc('\n', stderr); } } while (0)

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long env_long(const char *name, long otherwise)
{
    const char *s = getenv(name);
    return s && *s ? strtol(s, NULL, 10) : otherwise;
}

static bool map_file(const char *path, struct clip *c)
{
    struct stat st;
    int fd = real_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || real_fstat(fd, &st) || st.st_size == 0)
        return false;
    c->size = st.st_size;
    c->data = real_mmap(NULL, c->size, PROT_READ, MAP_PRIVATE, fd, 0);
    real_close(fd);
    return c->data != MAP_FAILED;
}

static void load_yuyv(const char *path)
{
    size_t frame = (size_t)dev.width * dev.height * 2;
    if (!map_file(path, &dev.yuyv) || dev.yuyv.size < frame) {
        fprintf(stderr, "fakev4l2: %s holds no %ux%u YUYV frame\n", path, dev.width, dev.height);
        exit(99);
    }
    dev.yuyv.frames = dev.yuyv.size / frame;
}

/* Cuts the file where one image ends (FFD9) and the next begins (FFD8). */
static void load_mjpeg(const char *path)
{
    struct clip *c = &dev.mjpeg;
    if (map_file(path, c)) {
        c->start = malloc((c->size / 4 + 2) * sizeof *c->start);
        for (size_t i = 0; i + 2 < c->size; i++)
            if (c->data[i] == 0xff && c->data[i + 1] == 0xd8 && c->data[i + 2] == 0xff &&
                (i == 0 || (c->data[i - 2] == 0xff && c->data[i - 1] == 0xd9)))
                c->start[c->frames++] = i;
        c->start[c->frames] = c->size;
    }
    if (!c->frames) {
        fprintf(stderr, "fakev4l2: %s holds no JPEG image\n", path);
        exit(99);
    }
}

__attribute__((constructor)) static void setup(void)
{
    READY();
    dev.width = 640, dev.height = 480;
    const char *size = getenv("FAKEV4L2_SIZE");
    if (size && (sscanf(size, "%ux%u", &dev.width, &dev.height) != 2 ||
                 dev.width % 4 || dev.height % 4 || !dev.width || !dev.height)) {
        fprintf(stderr, "fakev4l2: FAKEV4L2_SIZE must be WxH, in multiples of 4\n");
        exit(99);
    }
    dev.fps = env_long("FAKEV4L2_FPS", 30);
    dev.index = env_long("FAKEV4L2_INDEX", 0);
    dev.unplug_after = env_long("FAKEV4L2_UNPLUG_AFTER", -1);
    dev.replug_ms = env_long("FAKEV4L2_REPLUG_MS", -1);
    dev.stall_after = env_long("FAKEV4L2_STALL_AFTER", -1);
    dev.stall_ms = env_long("FAKEV4L2_STALL_MS", -1);
    dev.gate = getenv("FAKEV4L2_GATE");
    dev.log = env_long("FAKEV4L2_LOG", 0);
    dev.name = getenv("FAKEV4L2_NAME") ? getenv("FAKEV4L2_NAME") : "Fake Camera";
    snprintf(dev.node, sizeof dev.node, "/dev/video%u", dev.index);
    snprintf(dev.sysfs_name, sizeof dev.sysfs_name, "/sys/class/video4linux/video%u/name",
             dev.index);
    snprintf(dev.sysfs_uevent, sizeof dev.sysfs_uevent, "/sys/dev/char/%d:%u/uevent", VIDEO_MAJOR,
             dev.index);
    snprintf(dev.uevent, sizeof dev.uevent, "MAJOR=%d\nMINOR=%u\nDEVNAME=video%u", VIDEO_MAJOR,
             dev.index, dev.index);
    now.pixelformat = V4L2_PIX_FMT_YUYV;
    now.width = dev.width, now.height = dev.height, now.fps = dev.fps;
    if (getenv("FAKEV4L2_YUYV"))
        load_yuyv(getenv("FAKEV4L2_YUYV"));
    if (getenv("FAKEV4L2_MJPEG"))
        load_mjpeg(getenv("FAKEV4L2_MJPEG"));
}

static bool plugged_in(void)
{
    if (dev.gate && real_access(dev.gate, F_OK))
        return false;
    pthread_mutex_lock(&device_lock);
    int64_t at = unplugged_at;
    pthread_mutex_unlock(&device_lock);
    return !at || (dev.replug_ms >= 0 && now_ns() - at > dev.replug_ms * 1000000LL);
}

/* ---- frames ---- */

static uint32_t frame_size(void)
{
    return now.width * now.height * 2; /* also the room given to a JPEG */
}

/* Colour bars that move, under a top strip of 8 lines in which bit b (of 32) of
 * the frame number is a block of width/32 pixels, white for 1. */
static void draw_pattern(uint8_t *out, unsigned w, unsigned h, uint32_t n)
{
    for (unsigned y = 0; y < h; y++)
        for (unsigned x = 0; x < w; x += 2, out += 4) {
            if (y < 8) {
                unsigned bit = x * 32 / w;
                out[0] = out[2] = (n >> bit) & 1 ? 235 : 16;
                out[1] = out[3] = 128;
            } else {
                unsigned bar = (x + 4 * n) * 8 / w % 8;
                out[0] = out[2] = 40 + 24 * bar;
                out[1] = 128 + ((bar & 1) ? 60 : -60);
                out[3] = 128 + ((bar & 2) ? 60 : -60);
            }
        }
}

static void halve_yuyv(uint8_t *out, const uint8_t *in, unsigned w, unsigned h)
{
    for (unsigned y = 0; y < h; y++, in += (size_t)w * 8)
        for (unsigned x = 0; x < w; x += 2, out += 4) {
            const uint8_t *p = in + (size_t)x * 4;
            out[0] = p[0], out[1] = p[1], out[2] = p[4], out[3] = p[3];
        }
}

static uint32_t make_frame(uint8_t *out, uint32_t n)
{
    if (now.pixelformat == V4L2_PIX_FMT_MJPEG) {
        size_t i = n % dev.mjpeg.frames, at = dev.mjpeg.start[i];
        size_t bytes = dev.mjpeg.start[i + 1] - at;
        if (bytes > frame_size())
            bytes = frame_size();
        memcpy(out, dev.mjpeg.data + at, bytes);
        return bytes;
    }
    if (!dev.yuyv.frames)
        draw_pattern(out, now.width, now.height, n);
    else {
        size_t whole = (size_t)dev.width * dev.height * 2;
        const uint8_t *in = dev.yuyv.data + n % dev.yuyv.frames * whole;
        if (now.width == dev.width)
            memcpy(out, in, whole);
        else
            halve_yuyv(out, in, now.width, now.height);
    }
    return frame_size();
}

static void push(struct handle *h, int which, unsigned i)
{
    h->fifo[which][(h->head[which] + h->count[which]++) % MAX_BUFFERS] = i;
}

static unsigned pop(struct handle *h, int which)
{
    unsigned i = h->fifo[which][h->head[which]];
    h->head[which] = (h->head[which] + 1) % MAX_BUFFERS;
    h->count[which]--;
    return i;
}

static void pull_plug(struct handle *h) /* h->lock is held */
{
    if (!h->gone)
        LOG("unplugged");
    h->gone = true;
    if (h->ready_wr >= 0)
        real_close(h->ready_wr);
    h->ready_wr = -1;
}

static void *produce(void *arg)
{
    struct handle *h = arg;
    int64_t start = now_ns(), period = 1000000000LL / now.fps;
    for (uint32_t n = 0;; n++) {
        int64_t due = start + (n + 1) * period;
        struct timespec t = { due / 1000000000, due % 1000000000 };
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);

        bool present = plugged_in();
        pthread_mutex_lock(&h->lock);
        if (!h->streaming || h->gone) {
            pthread_mutex_unlock(&h->lock);
            return NULL;
        }
        pthread_mutex_lock(&device_lock);
        bool stalled = dev.stall_after >= 0 && delivered >= dev.stall_after;
        if (stalled && !stalled_at)
            stalled_at = now_ns();
        if (stalled && dev.stall_ms >= 0 && now_ns() - stalled_at > dev.stall_ms * 1000000LL)
            stalled = false;
        if (!unplugged_at && dev.unplug_after >= 0 && delivered >= dev.unplug_after) {
            unplugged_at = now_ns();
            present = false;
        }
        if (present && !stalled && h->count[0])
            delivered++;
        pthread_mutex_unlock(&device_lock);

        if (!present)
            pull_plug(h);
        else if (!stalled && h->count[0]) { /* otherwise this frame is lost */
            unsigned i = pop(h, 0);
            struct buffer *b = &h->buffer[i];
            int64_t stamp = now_ns();
            b->bytes = make_frame(h->mem + i * h->buffer_size, n);
            b->sequence = n;
            b->stamp.tv_sec = stamp / 1000000000;
            b->stamp.tv_usec = stamp % 1000000000 / 1000;
            b->state = DONE;
            push(h, 1, i);
            if (write(h->ready_wr, "", 1) != 1)
                LOG("pipe: %s", strerror(errno));
        }
        pthread_mutex_unlock(&h->lock);
    }
}

static void stop_stream(struct handle *h, int fd)
{
    pthread_mutex_lock(&h->lock);
    bool was = h->streaming;
    h->streaming = false;
    pthread_mutex_unlock(&h->lock);
    if (was)
        pthread_join(h->producer, NULL);
    for (; h->count[1]; h->count[1]--) { /* one byte waits for each done frame */
        char byte;
        if (read(fd, &byte, 1) != 1)
            break;
    }
    memset(h->count, 0, sizeof h->count);
    for (unsigned i = 0; i < h->buffers; i++)
        h->buffer[i].state = DEQUEUED;
}

static void free_buffers(struct handle *h)
{
    if (h->mem)
        munmap(h->mem, h->buffers * h->buffer_size);
    if (h->memfd >= 0)
        real_close(h->memfd);
    h->mem = NULL, h->memfd = -1, h->buffers = 0;
    if (owner == h)
        owner = NULL;
}

/* ---- ioctl ---- */

static int fail(int e) { errno = e; return -1; }

static struct handle *handle_of(int fd)
{
    return fd >= 0 && fd < MAX_FD ? __atomic_load_n(&handles[fd], __ATOMIC_ACQUIRE) : NULL;
}

static bool offers(uint32_t pixelformat)
{
    return pixelformat == V4L2_PIX_FMT_YUYV ||
           (pixelformat == V4L2_PIX_FMT_MJPEG && dev.mjpeg.frames);
}

static bool has_size(uint32_t pixelformat, unsigned w, unsigned h)
{
    return offers(pixelformat) &&
           ((w == dev.width && h == dev.height) ||
            (pixelformat == V4L2_PIX_FMT_YUYV && w == dev.width / 2 && h == dev.height / 2));
}

static void fill_format(struct v4l2_pix_format *p, uint32_t pixelformat, unsigned w, unsigned h)
{
    memset(p, 0, sizeof *p);
    p->width = w, p->height = h;
    p->pixelformat = pixelformat;
    p->field = V4L2_FIELD_NONE;
    p->bytesperline = pixelformat == V4L2_PIX_FMT_YUYV ? w * 2 : 0;
    p->sizeimage = w * h * 2;
    p->colorspace = V4L2_COLORSPACE_SRGB;
}

/* As drivers do: whatever was asked for, answer with the nearest there is. */
static void nearest_format(struct v4l2_pix_format *p)
{
    uint32_t f = offers(p->pixelformat) ? p->pixelformat : V4L2_PIX_FMT_YUYV;
    bool half = f == V4L2_PIX_FMT_YUYV && p->width && p->width <= dev.width * 3 / 4;
    fill_format(p, f, half ? dev.width / 2 : dev.width, half ? dev.height / 2 : dev.height);
}

static int request_buffers(struct handle *h, int fd, struct v4l2_requestbuffers *r)
{
    if (r->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || r->memory != V4L2_MEMORY_MMAP)
        return fail(EINVAL);
    if (h->streaming || (owner && owner != h))
        return fail(EBUSY);
    r->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
    stop_stream(h, fd);
    free_buffers(h);
    if (r->count == 0)
        return 0;
    if (r->count < 2)
        r->count = 2;
    if (r->count > MAX_BUFFERS)
        r->count = MAX_BUFFERS;
    size_t page = sysconf(_SC_PAGESIZE);
    h->buffer_size = (frame_size() + page - 1) / page * page;
    h->memfd = memfd_create("fakev4l2", MFD_CLOEXEC);
    if (h->memfd < 0 || ftruncate(h->memfd, r->count * h->buffer_size))
        return fail(ENOMEM);
    h->mem = real_mmap(NULL, r->count * h->buffer_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                       h->memfd, 0);
    if (h->mem == MAP_FAILED) {
        h->mem = NULL;
        return fail(ENOMEM);
    }
    memset(h->buffer, 0, sizeof h->buffer);
    h->buffers = r->count;
    owner = h;
    return 0;
}

static void describe_buffer(struct handle *h, unsigned i, struct v4l2_buffer *b)
{
    struct buffer *f = &h->buffer[i];
    b->index = i;
    b->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    b->memory = V4L2_MEMORY_MMAP;
    b->m.offset = i * h->buffer_size;
    b->length = frame_size();
    b->bytesused = f->bytes;
    b->sequence = f->sequence;
    b->timestamp = f->stamp;
    b->field = V4L2_FIELD_NONE;
    b->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
               (f->state == QUEUED ? V4L2_BUF_FLAG_QUEUED : 0) |
               (f->state == DONE ? V4L2_BUF_FLAG_DONE : 0);
}

static int dequeue(struct handle *h, int fd, struct v4l2_buffer *b)
{
    if (b->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || b->memory != V4L2_MEMORY_MMAP || !h->streaming)
        return fail(EINVAL);
    char byte;
    ssize_t got = read(fd, &byte, 1); /* waits, or EAGAIN, as the descriptor is set */
    if (got < 0)
        return -1;
    if (got == 0)
        return fail(ENODEV);
    pthread_mutex_lock(&h->lock);
    unsigned i = pop(h, 1);
    h->buffer[i].state = DEQUEUED;
    describe_buffer(h, i, b);
    pthread_mutex_unlock(&h->lock);
    return 0;
}

static int stream_on(struct handle *h)
{
    if (h->streaming)
        return 0;
    if (!h->buffers)
        return fail(EINVAL);
    sigset_t all, old;
    sigfillset(&all);
    h->streaming = true;
    pthread_sigmask(SIG_BLOCK, &all, &old); /* signals are for the program's threads */
    int e = pthread_create(&h->producer, NULL, produce, h);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (e) {
        h->streaming = false;
        return fail(e);
    }
    return 0;
}

/* The one control, V4L2_CID_BRIGHTNESS. */
static bool find_control(uint32_t *id)
{
    uint32_t next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
    if (*id & next) {
        if (!(*id & V4L2_CTRL_FLAG_NEXT_CTRL) || (*id & ~next) >= V4L2_CID_BRIGHTNESS)
            return false;
        *id = V4L2_CID_BRIGHTNESS;
    }
    return *id == V4L2_CID_BRIGHTNESS;
}

static int ext_controls(struct v4l2_ext_controls *c, bool set, bool apply)
{
    if (c->which != V4L2_CTRL_WHICH_CUR_VAL && c->which != V4L2_CTRL_CLASS_USER &&
        !(c->which == V4L2_CTRL_WHICH_DEF_VAL && !set))
        return fail(EINVAL);
    for (uint32_t i = 0; i < c->count; i++) {
        struct v4l2_ext_control *e = &c->controls[i];
        c->error_idx = apply ? c->count : i;
        if (e->id != V4L2_CID_BRIGHTNESS)
            return fail(EINVAL);
        if (!set)
            e->value = c->which == V4L2_CTRL_WHICH_DEF_VAL ? 128 : brightness;
        else if (e->value < 0 || e->value > 255)
            return fail(ERANGE);
        else if (apply)
            brightness = e->value;
    }
    return 0;
}

/* The kernel answers a bad pointer with EFAULT; v4l2-compliance asks for that. */
static bool readable(const void *arg, size_t size)
{
    char copy[256];
    struct iovec to = { copy, size < sizeof copy ? size : sizeof copy };
    struct iovec from = { (void *)arg, to.iov_len };
    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)to.iov_len;
}

static int device_ioctl(struct handle *h, int fd, unsigned long request, void *arg)
{
    if (_IOC_TYPE(request) != 'V')
        return fail(ENOTTY);
    if (_IOC_SIZE(request) && !readable(arg, _IOC_SIZE(request)))
        return fail(EFAULT);
    if (!h->gone && !plugged_in()) {
        pthread_mutex_lock(&h->lock);
        pull_plug(h);
        pthread_mutex_unlock(&h->lock);
    }
    if (h->gone) {
        if (request == VIDIOC_STREAMOFF)
            stop_stream(h, fd);
        return fail(ENODEV);
    }
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *c = arg;
        memset(c, 0, sizeof *c);
        strcpy((char *)c->driver, "fakev4l2");
        snprintf((char *)c->card, sizeof c->card, "%s", dev.name);
        snprintf((char *)c->bus_info, sizeof c->bus_info, "platform:fakev4l2-%03u", dev.index);
        c->version = 0x060100;
        c->device_caps =
            V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
        c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    case VIDIOC_ENUM_FMT: {
        struct v4l2_fmtdesc *f = arg;
        uint32_t i = f->index, type = f->type;
        if (type != V4L2_BUF_TYPE_VIDEO_CAPTURE || i > (dev.mjpeg.frames ? 1 : 0))
            return fail(EINVAL);
        memset(f, 0, sizeof *f);
        f->index = i, f->type = type;
        f->pixelformat = i ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
        f->flags = i ? V4L2_FMT_FLAG_COMPRESSED : 0;
        strcpy((char *)f->description, i ? "Motion-JPEG" : "YUYV 4:2:2");
        return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
        struct v4l2_frmsizeenum *s = arg;
        bool half = s->index == 1 && s->pixel_format == V4L2_PIX_FMT_YUYV;
        if (!offers(s->pixel_format) || (s->index > 0 && !half))
            return fail(EINVAL);
        s->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        s->discrete.width = dev.width / (half ? 2 : 1);
        s->discrete.height = dev.height / (half ? 2 : 1);
        memset(s->reserved, 0, sizeof s->reserved);
        return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
        struct v4l2_frmivalenum *v = arg;
        if (!has_size(v->pixel_format, v->width, v->height) || v->index > (dev.fps > 1 ? 1 : 0))
            return fail(EINVAL);
        v->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        v->discrete.numerator = 1;
        v->discrete.denominator = dev.fps / (v->index + 1);
        memset(v->reserved, 0, sizeof v->reserved);
        return 0;
    }
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT:
    case VIDIOC_S_FMT: {
        struct v4l2_format *f = arg;
        if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
            return fail(EINVAL);
        if (request == VIDIOC_G_FMT) {
            fill_format(&f->fmt.pix, now.pixelformat, now.width, now.height);
            return 0;
        }
        nearest_format(&f->fmt.pix);
        if (request == VIDIOC_S_FMT) {
            if (owner)
                return fail(EBUSY);
            now.pixelformat = f->fmt.pix.pixelformat;
            now.width = f->fmt.pix.width, now.height = f->fmt.pix.height;
            LOG("format %.4s %ux%u", (char *)&now.pixelformat, now.width, now.height);
        }
        return 0;
    }
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
        struct v4l2_streamparm *p = arg;
        struct v4l2_fract want = p->parm.capture.timeperframe;
        if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
            return fail(EINVAL);
        if (request == VIDIOC_S_PARM) {
            if (owner)
                return fail(EBUSY);
            double fps = want.numerator ? (double)want.denominator / want.numerator : dev.fps;
            now.fps = fps <= dev.fps * 0.75 && dev.fps > 1 ? dev.fps / 2 : dev.fps;
        }
        memset(&p->parm, 0, sizeof p->parm);
        p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        p->parm.capture.timeperframe.numerator = 1;
        p->parm.capture.timeperframe.denominator = now.fps;
        return 0;
    }
    case VIDIOC_ENUMINPUT: {
        struct v4l2_input *in = arg;
        if (in->index)
            return fail(EINVAL);
        memset(in, 0, sizeof *in);
        strcpy((char *)in->name, "Camera 1");
        in->type = V4L2_INPUT_TYPE_CAMERA;
        return 0;
    }
    case VIDIOC_G_INPUT:
        *(int *)arg = 0;
        return 0;
    case VIDIOC_S_INPUT:
        return *(int *)arg ? fail(EINVAL) : 0;
    case VIDIOC_QUERYCTRL: {
        struct v4l2_queryctrl *q = arg;
        uint32_t id = q->id;
        if (!find_control(&id))
            return fail(EINVAL);
        *q = (struct v4l2_queryctrl){ .id = id, .type = V4L2_CTRL_TYPE_INTEGER,
            .name = "Brightness", .maximum = 255, .step = 1, .default_value = 128,
            .flags = V4L2_CTRL_FLAG_SLIDER };
        return 0;
    }
    case VIDIOC_QUERY_EXT_CTRL: {
        struct v4l2_query_ext_ctrl *q = arg;
        uint32_t id = q->id;
        if (!find_control(&id))
            return fail(EINVAL);
        *q = (struct v4l2_query_ext_ctrl){ .id = id, .type = V4L2_CTRL_TYPE_INTEGER,
            .name = "Brightness", .maximum = 255, .step = 1, .default_value = 128,
            .flags = V4L2_CTRL_FLAG_SLIDER, .elem_size = 4, .elems = 1 };
        return 0;
    }
    case VIDIOC_G_CTRL:
    case VIDIOC_S_CTRL: {
        struct v4l2_control *c = arg;
        if (c->id != V4L2_CID_BRIGHTNESS)
            return fail(EINVAL);
        if (request == VIDIOC_G_CTRL)
            c->value = brightness;
        else
            c->value = brightness = c->value < 0 ? 0 : c->value > 255 ? 255 : c->value;
        return 0;
    }
    case VIDIOC_G_EXT_CTRLS:
        return ext_controls(arg, false, false);
    case VIDIOC_TRY_EXT_CTRLS:
        return ext_controls(arg, true, false);
    case VIDIOC_S_EXT_CTRLS:
        return ext_controls(arg, true, true);
    case VIDIOC_REQBUFS:
        return request_buffers(h, fd, arg);
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *b = arg;
        if (b->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || b->index >= h->buffers)
            return fail(EINVAL);
        pthread_mutex_lock(&h->lock);
        describe_buffer(h, b->index, b);
        pthread_mutex_unlock(&h->lock);
        return 0;
    }
    case VIDIOC_QBUF: {
        struct v4l2_buffer *b = arg;
        if (b->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || b->memory != V4L2_MEMORY_MMAP ||
            b->index >= h->buffers || h->buffer[b->index].state != DEQUEUED)
            return fail(EINVAL);
        pthread_mutex_lock(&h->lock);
        h->buffer[b->index].state = QUEUED;
        push(h, 0, b->index);
        describe_buffer(h, b->index, b);
        pthread_mutex_unlock(&h->lock);
        return 0;
    }
    case VIDIOC_DQBUF:
        return dequeue(h, fd, arg);
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
        if (*(int *)arg != V4L2_BUF_TYPE_VIDEO_CAPTURE)
            return fail(EINVAL);
        LOG("%s", request == VIDIOC_STREAMON ? "stream on" : "stream off");
        if (request == VIDIOC_STREAMON)
            return stream_on(h);
        stop_stream(h, fd);
        return 0;
    default:
        LOG("ioctl %08lx: not supported", request);
        return fail(ENOTTY);
    }
}

/* ---- what the program calls ---- */

static int open_device(int flags)
{
    int p[2];
    if (pipe2(p, (flags & O_CLOEXEC) | O_CLOEXEC))
        return -1;
    if (p[0] >= MAX_FD) {
        real_close(p[0]), real_close(p[1]);
        return fail(EMFILE);
    }
    if (flags & O_NONBLOCK)
        fcntl(p[0], F_SETFL, O_NONBLOCK);
    struct handle *h = calloc(1, sizeof *h);
    pthread_mutex_init(&h->lock, NULL);
    h->ready_wr = p[1];
    h->memfd = -1;
    __atomic_store_n(&handles[p[0]], h, __ATOMIC_RELEASE);
    LOG("open -> %d", p[0]);
    return p[0];
}

static const char *sysfs_text(const char *path)
{
    return !strcmp(path, dev.sysfs_name) ? dev.name
         : !strcmp(path, dev.sysfs_uevent) ? dev.uevent : NULL;
}

static int open_sysfs(const char *path)
{
    int fd = plugged_in() ? memfd_create("fakev4l2-sysfs", MFD_CLOEXEC) : fail(ENOENT);
    if (fd >= 0) {
        dprintf(fd, "%s\n", sysfs_text(path));
        lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static int do_open(int dirfd, const char *path, int flags, mode_t mode)
{
    READY();
    if (path && dev.node[0]) {
        if (!strcmp(path, dev.node))
            return plugged_in() ? open_device(flags) : fail(ENOENT);
        if (sysfs_text(path))
            return open_sysfs(path);
    }
    return real_openat(dirfd, path, flags, mode);
}

#define MODE(flags, last) ({ mode_t m_ = 0; if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list ap_; va_start(ap_, last); m_ = va_arg(ap_, mode_t); va_end(ap_); } m_; })

EXPORT int open(const char *p, int f, ...) { return do_open(AT_FDCWD, p, f, MODE(f, f)); }
EXPORT int open64(const char *p, int f, ...)
{ return do_open(AT_FDCWD, p, f | O_LARGEFILE, MODE(f, f)); }
EXPORT int openat(int d, const char *p, int f, ...) { return do_open(d, p, f, MODE(f, f)); }
EXPORT int openat64(int d, const char *p, int f, ...)
{ return do_open(d, p, f | O_LARGEFILE, MODE(f, f)); }
/* the same, as called from code built with _FORTIFY_SOURCE */
EXPORT int __open_2(const char *p, int f) { return do_open(AT_FDCWD, p, f, 0); }
EXPORT int __open64_2(const char *p, int f) { return do_open(AT_FDCWD, p, f | O_LARGEFILE, 0); }
EXPORT int __openat_2(int d, const char *p, int f) { return do_open(d, p, f, 0); }
EXPORT int __openat64_2(int d, const char *p, int f) { return do_open(d, p, f | O_LARGEFILE, 0); }

#define FOPEN(name)                                                          \
    EXPORT FILE *name(const char *path, const char *mode)                    \
    {                                                                        \
        READY();                                                             \
        if (!sysfs_text(path))                                               \
            return real_##name(path, mode);                                  \
        int fd = open_sysfs(path);                                           \
        return fd < 0 ? NULL : fdopen(fd, mode);                             \
    }
FOPEN(fopen)
FOPEN(fopen64)

EXPORT int close(int fd)
{
    READY();
    struct handle *h = handle_of(fd);
    if (h) {
        LOG("close %d", fd);
        __atomic_store_n(&handles[fd], NULL, __ATOMIC_RELEASE);
        stop_stream(h, fd);
        free_buffers(h);
        if (h->ready_wr >= 0)
            real_close(h->ready_wr);
        pthread_mutex_destroy(&h->lock);
        free(h);
    }
    return real_close(fd);
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
    READY();
    va_list ap;
    va_start(ap, request);
    void *arg = va_arg(ap, void *);
    va_end(ap);
    struct handle *h = handle_of(fd);
    /* only the low 32 bits are the request; some callers sign-extend them */
    return h ? device_ioctl(h, fd, (uint32_t)request, arg) : real_ioctl(fd, request, arg);
}

EXPORT long syscall(long number, ...)
{
    READY();
    long a[6];
    va_list ap;
    va_start(ap, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    struct handle *h = number == SYS_ioctl ? handle_of((int)a[0]) : NULL;
    return h ? device_ioctl(h, (int)a[0], (uint32_t)a[1], (void *)a[2])
             : real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

EXPORT void *mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
    READY();
    struct handle *h = handle_of(fd);
    if (!h)
        return real_mmap(at, length, prot, flags, fd, offset);
    if (h->gone || !h->buffers || offset % h->buffer_size || length > h->buffer_size ||
        (size_t)offset >= h->buffers * h->buffer_size) {
        errno = h->gone ? ENODEV : EINVAL;
        return MAP_FAILED;
    }
    return real_mmap(at, length, prot, flags, h->memfd, offset);
}
EXPORT void *mmap64(void *at, size_t length, int prot, int flags, int fd, off64_t offset)
{ return mmap(at, length, prot, flags, fd, offset); }

/* ---- the entry in /dev ---- */

/* Declared never to be null, and yet Rust's library calls statx with a null path,
 * to see whether there is such a call: the check must not be optimised away. */
static bool is_node(const char *declared_path)
{
    const char *volatile path = declared_path;
    return path && dev.node[0] && !strcmp(path, dev.node);
}

static int fake_stat(struct stat *st)
{
    memset(st, 0, sizeof *st);
    st->st_mode = S_IFCHR | 0660;
    st->st_nlink = 1;
    st->st_rdev = makedev(VIDEO_MAJOR, dev.index);
    return 0;
}

#define STAT(name, real)                                                     \
    EXPORT int name(const char *path, struct stat *st)                       \
    {                                                                        \
        READY();                                                             \
        if (!is_node(path))                                                  \
            return real(path, st);                                           \
        return plugged_in() ? fake_stat(st) : fail(ENOENT);                  \
    }
STAT(stat, real_stat)
STAT(lstat, real_lstat)

EXPORT int fstat(int fd, struct stat *st)
{
    READY();
    return handle_of(fd) ? fake_stat(st) : real_fstat(fd, st);
}

#if defined __LP64__ /* there the two kinds of struct stat are one */
EXPORT int stat64(const char *p, struct stat64 *st) { return stat(p, (struct stat *)st); }
EXPORT int lstat64(const char *p, struct stat64 *st) { return lstat(p, (struct stat *)st); }
EXPORT int fstat64(int fd, struct stat64 *st) { return fstat(fd, (struct stat *)st); }
#endif

EXPORT int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *st)
{
    READY();
    bool empty = flags & AT_EMPTY_PATH && !*path;
    if (!(empty ? handle_of(dirfd) != NULL : is_node(path)))
        return real_statx(dirfd, path, flags, mask, st);
    if (!empty && !plugged_in())
        return fail(ENOENT);
    memset(st, 0, sizeof *st);
    st->stx_mask = STATX_TYPE | STATX_MODE | STATX_NLINK;
    st->stx_mode = S_IFCHR | 0660;
    st->stx_nlink = 1;
    st->stx_rdev_major = VIDEO_MAJOR, st->stx_rdev_minor = dev.index;
    return 0;
}

EXPORT int access(const char *path, int mode)
{
    READY();
    if (!is_node(path))
        return real_access(path, mode);
    return plugged_in() ? 0 : fail(ENOENT);
}

EXPORT DIR *opendir(const char *path)
{
    READY();
    DIR *dir = real_opendir(path);
    if (dir && (!strcmp(path, "/dev") || !strcmp(path, "/dev/"))) {
        pthread_mutex_lock(&device_lock);
        for (unsigned i = 0; i < sizeof listings / sizeof *listings; i++)
            if (!listings[i].dir) {
                listings[i] = (struct listing){ dir, false };
                break;
            }
        pthread_mutex_unlock(&device_lock);
    }
    return dir;
}

/* The listing of /dev, at its end, where our name is still to be given. */
static bool add_entry(DIR *dir)
{
    bool add = false, present = plugged_in();
    pthread_mutex_lock(&device_lock);
    for (unsigned i = 0; i < sizeof listings / sizeof *listings; i++)
        if (listings[i].dir == dir && !listings[i].done)
            listings[i].done = true, add = present;
    pthread_mutex_unlock(&device_lock);
    return add;
}

#define READDIR(name, type)                                                  \
    EXPORT struct type *name(DIR *dir)                                       \
    {                                                                        \
        static __thread struct type extra;                                   \
        READY();                                                             \
        int before = errno;                                                  \
        errno = 0;                                                           \
        struct type *d = real_##name(dir);                                   \
        if (d || errno) {                                                    \
            if (d)                                                           \
                errno = before;                                              \
            return d;                                                        \
        }                                                                    \
        errno = before;                                                      \
        if (!add_entry(dir))                                                 \
            return NULL;                                                     \
        extra.d_ino = 1, extra.d_type = DT_CHR, extra.d_reclen = sizeof extra; \
        strcpy(extra.d_name, dev.node + strlen("/dev/"));                    \
        return &extra;                                                       \
    }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

EXPORT int closedir(DIR *dir)
{
    READY();
    pthread_mutex_lock(&device_lock);
    for (unsigned i = 0; i < sizeof listings / sizeof *listings; i++)
        if (listings[i].dir == dir)
            listings[i].dir = NULL;
    pthread_mutex_unlock(&device_lock);
    return real_closedir(dir);
}
