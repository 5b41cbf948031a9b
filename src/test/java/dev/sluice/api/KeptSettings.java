package dev.sluice.api;

import dev.sluice.port.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Settings in memory that can be told to fail, or to answer only when they are let go. */
final class KeptSettings implements Settings {
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<Runnable> held = new ArrayList<>();
    private final List<Runnable> heldReads = new ArrayList<>();
    private boolean holdingReads;
    private boolean failing;
    private boolean holding;

    synchronized void fail(boolean on) {
        failing = on;
    }

    synchronized void hold() {
        holding = true;
    }

    /** Lets everything that is held go on, in the order in which it came, and holds nothing any more. */
    void letGo() {
        List<Runnable> going;
        synchronized (this) {
            holding = false;
            going = List.copyOf(held);
            held.clear();
        }
        going.forEach(Runnable::run);
    }

    /** Reads see what there is now, and answer when they are let go. */
    synchronized void holdReads() {
        holdingReads = true;
    }

    /** Lets reads answer. */
    void letReadsGo() {
        List<Runnable> going;
        synchronized (this) {
            holdingReads = false;
            going = List.copyOf(heldReads);
            heldReads.clear();
        }
        going.forEach(Runnable::run);
    }

    synchronized int held() {
        return held.size();
    }

    synchronized Map<String, String> values() {
        return Map.copyOf(values);
    }

    @Override
    public synchronized Future<Map<String, String>> all() {
        if (failing) {
            return Future.failedFuture("no database");
        }
        Map<String, String> seen = values();
        if (!holdingReads) {
            return Future.succeededFuture(seen);
        }
        Promise<Map<String, String>> promise = Promise.promise();
        heldReads.add(() -> promise.complete(seen));
        return promise.future();
    }

    @Override
    public Future<Void> put(String name, String value) {
        return change(() -> values.put(name, value));
    }

    @Override
    public synchronized Future<String> putIfAbsent(String name, String value) {
        if (failing) {
            return Future.failedFuture("no database");
        }
        String known = values.putIfAbsent(name, value);
        return Future.succeededFuture(known == null ? value : known);
    }

    @Override
    public Future<Void> remove(String name) {
        return change(() -> values.remove(name));
    }

    private synchronized Future<Void> change(Runnable change) {
        if (failing) {
            return Future.failedFuture("no database");
        }
        if (!holding) {
            change.run();
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        held.add(() -> {
            synchronized (this) {
                change.run();
            }
            promise.complete();
        });
        return promise.future();
    }
}
