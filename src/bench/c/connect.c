/*
 * A bare connect loop: one thread, epoll, nothing kept of a connection but how it ended. The baseline of ConnectBenchmark.
 *
 *   connect TARGETS IN_FLIGHT ACCEPTING_PORT REFUSING_PORT TIMEOUT_MILLIS REUSE
 *
 * Target i is 127.1.0.1 + i / 2; even ones go to the accepting port, odd ones to the refusing one. REUSE 0 takes a socket for
 * each connect; 1 dissolves the association (connect to AF_UNSPEC) and uses the socket again. Prints wall seconds, CPU
 * seconds, opened, refused, timed out.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_FD 20000
#define TICK_MILLIS 10

static long long started[MAX_FD]; /* nanoseconds, 0: at rest */
static int rested[MAX_FD];
static int rested_count;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void put_away(int fd, int open, int reuse) {
    started[fd] = 0;
    if (reuse) {
        struct sockaddr_in nobody = {.sin_family = AF_UNSPEC};
        if (connect(fd, (struct sockaddr *) &nobody, sizeof nobody) != 0) {
            die("connect to AF_UNSPEC");
        }
        rested[rested_count++] = fd;
        return;
    }
    if (open) {
        struct linger reset = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    close(fd);
}

int main(int count, char **arguments) {
    if (count != 7) {
        fprintf(stderr, "usage: connect TARGETS IN_FLIGHT ACCEPTING_PORT REFUSING_PORT TIMEOUT_MILLIS REUSE\n");
        return 2;
    }
    int targets = atoi(arguments[1]);
    int most = atoi(arguments[2]);
    int ports[] = {atoi(arguments[3]), atoi(arguments[4])};
    long long timeout = atoi(arguments[5]) * 1000000LL;
    int reuse = atoi(arguments[6]);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    static struct epoll_event events[4096];
    int next = 0, in_flight = 0, highest = 0, opened = 0, refused = 0, timed_out = 0;
    long long begin = now(), ticked = begin;
    while (next < targets || in_flight > 0) {
        while (next < targets && in_flight < most) {
            struct sockaddr_in address = {.sin_family = AF_INET};
            address.sin_addr.s_addr = htonl(0x7f010001u + next / 2);
            address.sin_port = htons(ports[next % 2]);
            next++;
            int fd;
            int fresh = !(reuse && rested_count > 0);
            if (fresh) {
                fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                if (fd < 0 || fd >= MAX_FD) {
                    die("socket");
                }
                int syns = 2;
                setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &syns, sizeof syns);
                highest = fd > highest ? fd : highest;
            } else {
                fd = rested[--rested_count];
            }
            started[fd] = now();
            if (connect(fd, (struct sockaddr *) &address, sizeof address) != 0 && errno != EINPROGRESS) {
                die("connect");
            }
            if (fresh) {
                struct epoll_event wanted = {.events = EPOLLOUT | (reuse ? EPOLLET : 0), .data.fd = fd};
                if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &wanted) != 0) {
                    die("epoll_ctl");
                }
            }
            in_flight++;
        }
        int ready = epoll_wait(poll, events, 4096, TICK_MILLIS);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (started[fd] == 0) {
                continue;
            }
            int error = 0;
            socklen_t length = sizeof error;
            int trouble = events[i].events & (EPOLLERR | EPOLLHUP);
            if ((!reuse || trouble) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
                die("getsockopt");
            }
            if (reuse && trouble && error == 0) {
                continue;
            }
            put_away(fd, error == 0, reuse);
            in_flight--;
            opened += error == 0;
            refused += error != 0;
        }
        long long time = now();
        if (time - ticked >= TICK_MILLIS * 1000000LL) {
            ticked = time;
            for (int fd = 0; fd <= highest; fd++) {
                if (started[fd] != 0 && time - started[fd] >= timeout) {
                    put_away(fd, 0, reuse);
                    in_flight--;
                    timed_out++;
                }
            }
        }
    }
    double wall = (now() - begin) / 1e9;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
            + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%.6f %.6f %d %d %d\n", wall, cpu, opened, refused, timed_out);
    return 0;
}
