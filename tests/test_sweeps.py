"""Beat's one tick reaches every sweep."""

from smartpit.celery import SWEEPS, app, tick


def test_each_minute_every_sweep_is_sent_and_the_worker_knows_them(monkeypatch):
    sent = []
    # A bell that another test rang may still be on its way: it too is sent by name.
    monkeypatch.setattr(app, "send_task", lambda name, *_words, **_options: sent.append(name))
    tick()
    app.loader.import_default_modules()
    assert "billing.tasks.sweep" in SWEEPS
    assert set(SWEEPS) <= set(sent) <= set(app.tasks)
