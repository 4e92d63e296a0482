"""Addresses of designs and printers, each behind its door."""

from django.urls import path

from cards.web import designs, drawing, printers
from tenants.web.gates import Door
from tenants.web.roles import Section

_DESIGNS = Door(designs.designs, Section.DESIGNS)
_MAKE = Door(designs.make, Section.DESIGNS, changes=True)
_EDITOR = Door(designs.editor, Section.DESIGNS)
_DRAW = Door(drawing.draw, Section.DESIGNS)
_CHECK = Door(drawing.check, Section.DESIGNS)
_SAVE = Door(drawing.save, Section.DESIGNS, changes=True)
_VERSIONS = Door(designs.versions, Section.DESIGNS)
_VERSION = Door(designs.version, Section.DESIGNS)
_PICTURE = Door(designs.picture, Section.DESIGNS)
_RESTORE = Door(designs.restore, Section.DESIGNS, changes=True)
_ARTWORKS = Door(drawing.artworks, Section.DESIGNS)
_ARTWORK = Door(drawing.artwork, Section.DESIGNS)
_PRINTERS = Door(printers.printers, Section.DESIGNS)
_KEEP_PRINTER = Door(printers.keep, Section.DESIGNS, changes=True)
_CHANGE_PRINTER = Door(printers.change, Section.DESIGNS, changes=True)
_REMOVE_PRINTER = Door(printers.remove, Section.DESIGNS, changes=True)

dashboard = [
    path("designs/", _DESIGNS.of_owner(), name="designs"),
    path("designs/new", _MAKE.of_owner(), name="make_design"),
    path("designs/artworks", _ARTWORKS.of_owner(), name="artworks"),
    path("designs/artworks/<uuid:artwork_id>", _ARTWORK.of_owner(), name="artwork"),
    path("designs/printers/", _PRINTERS.of_owner(), name="printers"),
    path("designs/printers/new", _KEEP_PRINTER.of_owner(), name="keep_printer"),
    path("designs/printers/<slug:printer>/", _CHANGE_PRINTER.of_owner(), name="printer"),
    path(
        "designs/printers/<slug:printer>/remove", _REMOVE_PRINTER.of_owner(), name="remove_printer"
    ),
    path("designs/<slug:code>/", _EDITOR.of_owner(), name="design"),
    path("designs/<slug:code>/preview", _DRAW.of_owner(), name="draw_design"),
    path("designs/<slug:code>/check", _CHECK.of_owner(), name="check_design"),
    path("designs/<slug:code>/save", _SAVE.of_owner(), name="save_design"),
    path("designs/<slug:code>/versions/", _VERSIONS.of_owner(), name="design_versions"),
    path("designs/<slug:code>/versions/<int:number>/", _VERSION.of_owner(), name="design_version"),
    path(
        "designs/<slug:code>/versions/<int:number>/picture",
        _PICTURE.of_owner(),
        name="design_picture",
    ),
    path(
        "designs/<slug:code>/versions/<int:number>/restore",
        _RESTORE.of_owner(),
        name="restore_design",
    ),
]
