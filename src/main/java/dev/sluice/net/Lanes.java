package dev.sluice.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The event loops that work is spread over. */
public final class Lanes {
    private Lanes() {}

    /**
     * Makes lanes.
     *
     * @param count at least 1
     * @return {@code count} lanes, each with a context of its own, on distinct event loops where there are as many
     */
    public static List<Lane> of(Vertx vertx, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count: " + count + " (expected: >= 1)");
        }
        VertxInternal internal = (VertxInternal) vertx;
        List<EventLoop> loops = distinct(internal.nettyEventLoopGroup(), count);
        List<Lane> lanes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            lanes.add(new Lane(internal, loops.get(i % loops.size())));
        }
        return List.copyOf(lanes);
    }

    /** Beginning with the loop whose turn it is, so that several users do not all meet on the first. */
    private static List<EventLoop> distinct(EventLoopGroup group, int wanted) {
        int present = 0;
        for (var ignored : group) {
            present++;
        }
        Set<EventLoop> loops = new LinkedHashSet<>();
        for (int i = 0; i < present && loops.size() < wanted; i++) {
            loops.add(group.next());
        }
        return List.copyOf(loops);
    }
}
