-- The two roles and the database. Change both passwords, here and in the environment file.
CREATE ROLE jieyou_owner LOGIN PASSWORD 'change-me-owner';
CREATE ROLE jieyou_app LOGIN PASSWORD 'change-me-app';
CREATE DATABASE jieyou OWNER jieyou_owner TEMPLATE template0
    ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
