package dev.sluice.api;

import java.util.List;

/** {@code GET /api/v1/status}: how everything stands. */
public final class StatusArea implements Area {
    private final StatusBoard board;

    /** Shows what stands on {@code board}. */
    public StatusArea(StatusBoard board) {
        this.board = board;
    }

    @Override
    public List<Route> routes(Desk desk) {
        return List.of(desk.get("/api/v1/status", "how everything stands", exchange -> {
            Query.parse(exchange.request().query(), List.of());
            exchange.json(200, board.all());
        }));
    }
}
