/*
 * A load generator for an HTTP/1.1 server on 127.0.0.1: one thread, epoll, connections that are kept open, one request under
 * way on each. Used by ServeBenchmark.
 *
 *   load PORT CONNECTIONS WARM_UP_SECONDS SECONDS RATE [REQUESTS]
 *
 * RATE 0 is a closed loop: the next request follows the answer to the last. Another RATE is an open loop of so many requests a
 * second; the latency of each counts from when it should have started, so that a server that stalls is charged for what
 * it kept waiting. REQUESTS is a file of requests to send in turn, each with its length in bytes on a line before it; without
 * one it is GET /. Every answer's status is looked at; an answer ends by its Content-Length or its chunks, so that HEAD is no
 * method to send.
 *
 * Prints one line of JSON: requests answered in the time after the warm-up (with RATE: due in that time), their rate, latencies
 * in microseconds, answers other than 2xx, errors (connections that broke, answers that could not be read), requests never
 * answered, CPU seconds of this program. Ends by itself, 5 seconds after SECONDS at the latest.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 20000
#define MAX_REQUESTS 65536
#define MAX_RECONNECTS 1000
#define MAX_HEAD 16384
#define GRACE_NANOS 5000000000LL
#define SUB_BITS 6 /* 64 steps to a power of two: values are within 1.6 % */
#define STEPS (1 << SUB_BITS)

enum part { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER };

struct connection {
    int fd;
    int busy;
    int writing; /* waits for the socket to take more */
    enum part part;
    long long start; /* nanoseconds: when the request under way began, or should have */
    const char *out;
    size_t out_left;
    long long left; /* bytes of body or chunk to come */
    long long line; /* bytes of the current line of chunks */
    size_t head_length;
    char head[MAX_HEAD + 1];
};

struct request {
    const char *bytes;
    size_t length;
};

static struct connection *connections;
static int connection_count;
static int *idle; /* free connections, open loop only */
static int idle_count;
static struct request requests[MAX_REQUESTS];
static int request_count, request_next;
static int port, poller;
static long long rate; /* 0: closed loop */
static long long origin, measure_from, measure_until, sent_count;
static long long answered, other_status, errors, reconnects;
static long long outstanding; /* requests that are waited for at the end */
static long long counts[64 * STEPS];
static long long longest;
static int stopping;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int bucket_of(long long nanos) {
    unsigned long long value = nanos < 1 ? 1 : (unsigned long long) nanos;
    int power = 63 - __builtin_clzll(value);
    if (power <= SUB_BITS) {
        return (int) value;
    }
    return ((power - SUB_BITS) << SUB_BITS) + (int) (value >> (power - SUB_BITS));
}

static double top_of(int bucket) {
    if (bucket < 2 * STEPS) {
        return bucket;
    }
    int shift = (bucket >> SUB_BITS) - 1;
    return (double) ((unsigned long long) (STEPS + (bucket & (STEPS - 1)) + 1) << shift);
}

static double percentile(double share) {
    long long rank = (long long) (share * answered + 0.5), seen = 0;
    for (int i = 0; i < 64 * STEPS; i++) {
        seen += counts[i];
        if (seen >= rank && seen > 0) {
            double top = top_of(i);
            return (top < longest ? top : longest) / 1000;
        }
    }
    return 0;
}

static int measured(long long start) {
    return start >= measure_from && start < measure_until;
}

static void open_connection(struct connection *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        die("socket");
    }
    if (connect(fd, (struct sockaddr *) &address, sizeof address) != 0) {
        die("connect");
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted) != 0) {
        die("epoll_ctl");
    }
    c->fd = fd;
    c->busy = c->writing = 0;
}

static void want_write(struct connection *c, int writing) {
    if (c->writing != writing) {
        c->writing = writing;
        struct epoll_event wanted = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = c};
        if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &wanted) != 0) {
            die("epoll_ctl");
        }
    }
}

/* 0: the connection broke */
static int push(struct connection *c) {
    while (c->out_left > 0) {
        ssize_t count = send(c->fd, c->out, c->out_left, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) {
            if (errno == EAGAIN) {
                want_write(c, 1);
                return 1;
            }
            return errno == EINTR;
        }
        c->out += count;
        c->out_left -= (size_t) count;
    }
    want_write(c, 0);
    return 1;
}

static void broken(struct connection *c);

static void begin(struct connection *c, long long start) {
    struct request *request = &requests[request_next];
    request_next = request_next + 1 == request_count ? 0 : request_next + 1;
    c->busy = 1;
    c->start = start;
    c->part = HEAD;
    c->head_length = 0;
    c->out = request->bytes;
    c->out_left = request->length;
    outstanding++;
    if (!push(c)) {
        broken(c);
    }
}

/* Sends what is due, or what is free to go; sent_count counts intended starts from origin on. */
static void send_due(long long time) {
    while (idle_count > 0 && !stopping) {
        long long due = origin + sent_count * 1000000000LL / rate;
        if (due > time) {
            return;
        }
        sent_count++;
        begin(&connections[idle[--idle_count]], due);
    }
}

static void ready(struct connection *c, long long time) {
    c->busy = 0;
    if (rate > 0) {
        idle[idle_count++] = (int) (c - connections);
    } else if (!stopping) {
        begin(c, time);
    }
}

static void broken(struct connection *c) {
    errors++;
    outstanding -= c->busy;
    close(c->fd);
    if (++reconnects > MAX_RECONNECTS) {
        fprintf(stderr, "load: %d connections broke\n", MAX_RECONNECTS);
        exit(1);
    }
    open_connection(c);
    ready(c, now());
}

static void finished(struct connection *c) {
    long long time = now();
    int counts_in = rate > 0 ? measured(c->start) : measured(time);
    if (counts_in) {
        long long nanos = time - c->start;
        counts[bucket_of(nanos)]++;
        longest = nanos > longest ? nanos : longest;
        answered++;
    }
    outstanding--;
    int status = atoi(c->head + 9);
    other_status += status < 200 || status > 299;
    ready(c, time);
}

/* What follows a whole head: 0 when it cannot be understood. */
static int head_done(struct connection *c) {
    if (strncmp(c->head, "HTTP/1.1 ", 9) != 0) {
        return 0;
    }
    char *line = strstr(c->head, "\r\n");
    c->left = -1;
    while (line != NULL && line[2] != '\r') {
        line += 2;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            c->left = atoll(line + 15);
            c->part = BODY;
        } else if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
            c->left = 0;
            c->line = 0;
            c->part = CHUNK_SIZE;
        }
        line = strstr(line, "\r\n");
    }
    return c->left >= 0;
}

/* Takes what came; 0 when it is no answer. */
static int take(struct connection *c, const char *bytes, size_t count) {
    size_t i = 0;
    while (i < count) {
        if (!c->busy) {
            return 0;
        }
        switch (c->part) {
            case HEAD: {
                size_t from = c->head_length > 3 ? c->head_length - 3 : 0;
                size_t room = MAX_HEAD - c->head_length;
                size_t more = count - i < room ? count - i : room;
                memcpy(c->head + c->head_length, bytes + i, more);
                c->head[c->head_length + more] = 0;
                char *end = strstr(c->head + from, "\r\n\r\n");
                if (end == NULL) {
                    c->head_length += more;
                    i += more;
                    if (c->head_length == MAX_HEAD) {
                        return 0;
                    }
                    break;
                }
                end[4] = 0;
                i += (size_t) (end + 4 - c->head) - c->head_length;
                if (!head_done(c)) {
                    return 0;
                }
                if (c->part == BODY && c->left == 0) {
                    finished(c);
                }
                break;
            }
            case BODY:
            case CHUNK: {
                long long more = (long long) (count - i) < c->left ? (long long) (count - i) : c->left;
                c->left -= more;
                i += (size_t) more;
                if (c->left == 0) {
                    if (c->part == BODY) {
                        finished(c);
                    } else {
                        c->part = CHUNK_END;
                    }
                }
                break;
            }
            case CHUNK_SIZE: {
                char byte = bytes[i++];
                if (byte == '\n') {
                    c->part = c->left == 0 ? TRAILER : CHUNK;
                    c->line = 0;
                } else if (byte != '\r') {
                    int digit = byte >= '0' && byte <= '9' ? byte - '0' : ((byte | 32) - 'a' + 10);
                    if (digit < 0 || digit > 15 || ++c->line > 12) {
                        return 0;
                    }
                    c->left = c->left * 16 + digit;
                }
                break;
            }
            case CHUNK_END:
                if (bytes[i++] == '\n') {
                    c->part = CHUNK_SIZE;
                    c->left = 0;
                    c->line = 0;
                }
                break;
            case TRAILER: {
                char byte = bytes[i++];
                if (byte == '\n') {
                    if (c->line == 0) {
                        finished(c);
                        break;
                    }
                    c->line = 0;
                } else if (byte != '\r') {
                    c->line++;
                }
                break;
            }
        }
    }
    return 1;
}

static void receive(struct connection *c) {
    static char buffer[262144];
    ssize_t count = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0 || !take(c, buffer, (size_t) count)) {
        if (!c->busy) {
            /* closed while at rest: it must not be handed out */
            for (int i = 0; i < idle_count; i++) {
                if (idle[i] == c - connections) {
                    idle[i] = idle[--idle_count];
                    break;
                }
            }
        }
        broken(c);
    }
}

static void read_requests(const char *file) {
    FILE *in = fopen(file, "rb");
    if (in == NULL) {
        die(file);
    }
    size_t length;
    while (fscanf(in, "%zu", &length) == 1) {
        char *bytes = malloc(length);
        if (request_count == MAX_REQUESTS || bytes == NULL || fgetc(in) != '\n' || fread(bytes, 1, length, in) != length) {
            fprintf(stderr, "%s: request %d (expected: its length, a new line, its bytes)\n", file, request_count + 1);
            exit(2);
        }
        requests[request_count].bytes = bytes;
        requests[request_count++].length = length;
    }
    fclose(in);
    if (request_count == 0) {
        fprintf(stderr, "%s: no requests\n", file);
        exit(2);
    }
}

int main(int count, char **arguments) {
    if (count != 6 && count != 7) {
        fprintf(stderr, "usage: load PORT CONNECTIONS WARM_UP_SECONDS SECONDS RATE [REQUESTS]\n");
        return 2;
    }
    port = atoi(arguments[1]);
    connection_count = atoi(arguments[2]);
    double warm_up = atof(arguments[3]), seconds = atof(arguments[4]);
    rate = atoll(arguments[5]);
    if (connection_count < 1 || connection_count > MAX_CONNECTIONS || warm_up < 0 || seconds <= 0 || rate < 0) {
        fprintf(stderr, "load: 1 to %d connections, more than 0 seconds, a rate of 0 or more\n", MAX_CONNECTIONS);
        return 2;
    }
    static char plain[128];
    if (count == 7) {
        read_requests(arguments[6]);
    } else {
        int length = snprintf(plain, sizeof plain, "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", port);
        requests[request_count++] = (struct request) {plain, (size_t) length};
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t) connection_count, sizeof *connections);
    idle = calloc((size_t) connection_count, sizeof *idle);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (connections == NULL || idle == NULL || timer < 0) {
        die("start");
    }
    struct epoll_event ticks = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, timer, &ticks) != 0) {
        die("epoll_ctl");
    }
    for (int i = 0; i < connection_count; i++) {
        open_connection(&connections[i]);
    }
    origin = now();
    measure_from = origin + (long long) (warm_up * 1e9);
    measure_until = measure_from + (long long) (seconds * 1e9);
    for (int i = 0; i < connection_count; i++) {
        ready(&connections[i], origin);
    }
    static struct epoll_event events[1024];
    for (;;) {
        long long time = now();
        stopping = time >= measure_until;
        if (stopping && (outstanding == 0 || time >= measure_until + GRACE_NANOS)) {
            break;
        }
        if (rate > 0) {
            send_due(time);
            if (idle_count > 0 && !stopping) {
                long long due = origin + sent_count * 1000000000LL / rate;
                struct itimerspec when = {.it_value = {due / 1000000000LL, due % 1000000000LL}};
                timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
            }
        }
        int ready_count = epoll_wait(poller, events, 1024, 10);
        for (int i = 0; i < ready_count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) {
                long long ticked;
                if (read(timer, &ticked, sizeof ticked) < 0 && errno != EAGAIN) {
                    die("timer");
                }
                continue;
            }
            if ((events[i].events & EPOLLOUT) && c->writing && !push(c)) {
                broken(c);
                continue;
            }
            if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) {
                receive(c);
            }
        }
    }
    /* An open loop that fell behind leaves requests unsent that were due. */
    long long due_total = rate > 0 ? (measure_until - origin) / 1000000000.0 * rate : 0;
    long long unsent = due_total > sent_count ? due_total - sent_count : 0;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
            + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"requests\":%lld,\"requests_per_second\":%.1f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,"
           "\"p999_us\":%.1f,\"max_us\":%.1f,\"errors\":%lld,\"non_2xx\":%lld,\"unanswered\":%lld,\"cpu_seconds\":%.3f}\n",
           answered, answered / seconds, percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999),
           longest / 1000.0, errors, other_status, outstanding + unsent, cpu);
    return 0;
}
